# The commands of this repository; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 200000

.PHONY: demo test check bench soak format

# Installed anew when what it is made of has changed.
$(VENV)/.ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	touch $@

# The browser test drives Debian's Chromium.
.PHONY: browser
browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || \
	  { apt-get update -q && apt-get install -y -q chromium chromium-driver; }

demo: $(VENV)/.ready
	cd examples/notes && exec ../../$(BIN)/python -m notes

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What counts calls, bytes and garbage has a process in which nothing else has run.
COUNTING := tests/budget tests/isolation
test: check browser flask-suite
	$(BIN)/python -m pytest $(COUNTING)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(COUNTING:%=--ignore=%) \
	  tests examples/notes/tests

# Flask's own tests on the stand-in and on the real Flask; FLASK_SUITE="--werkzeug 3.1.9"
# takes another Werkzeug than that of Flask's lock file.
.PHONY: flask-suite flask-suite-all
flask-suite: $(VENV)/.ready
	$(BIN)/python -m tests.compat.flask_suite $(FLASK_SUITE)

# The same with every Python from 3.10 on that is on PATH or is pyenv's.
flask-suite-all: $(VENV)/.ready
	$(BIN)/python -m tests.compat.flask_suite --all $(FLASK_SUITE)

# The tests of extensions on the stand-in and on the real Flask;
# ECOSYSTEM="flask-login flask-wtf" runs some.
.PHONY: ecosystem services
ecosystem: $(VENV)/.ready services
	$(BIN)/python -m tests.ecosystem.run $(ECOSYSTEM)

# What some of them keep their data in.
services:
	@command -v redis-server >/dev/null && command -v memcached >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -q && \
	  apt-get install -y -q redis-server memcached; } || true

# Applications on the stand-in and on the real Flask, and requests per second of
# httpbin; APPLICATIONS="dash locust" runs some.
.PHONY: applications
applications: $(VENV)/.ready browser wrk
	$(BIN)/python -m tests.e2e.applications.run $(APPLICATIONS)

# Requests over sockets are made by wrk; without it the rest is measured.
.PHONY: wrk
wrk:
	@command -v wrk >/dev/null || { test "$$(id -u)" = 0 && \
	  command -v apt-get >/dev/null && apt-get update -q && \
	  apt-get install -y -q wrk; } || true

# BENCH=--quick takes less than two minutes.
bench: $(VENV)/.ready wrk
	$(BIN)/python -m benchmarks.bench $(BENCH)

# N operations in each form, and a control of each. SOAK="--switch 1e-6" has threads
# change places as often as they may; see benchmarks/soak.py.
soak: $(VENV)/.ready
	$(BIN)/python -m benchmarks.soak --form all --operations $(N) $(SOAK)

# Abandoned releases that today's Flask breaks, on both; REVIVED="flask-cache" runs one.
.PHONY: revived
revived: $(VENV)/.ready
	$(BIN)/python -m tests.revived.run $(REVIVED)

format: $(VENV)/.ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
