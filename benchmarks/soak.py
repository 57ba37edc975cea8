"""The soak: everybody at once, each with an id that nothing may mix up.

    python -m benchmarks.soak [--form FORM] [--operations N] [--switch SECONDS]
                              [--clients N] [--threads N] [--processes N]
                              [--server insula|uvicorn] [--seed N] [--control [KIND]]

Five forms. In the first four many clients speak over sockets with a server that is a
process of its own, and compare every answer:

* `threads`: Insula's own server, WSGI; `processes`: several of its processes;
* `greenlets`: `insula run --greenlets`, with all that gevent patches;
* `tasks`: ASGI, by our own server or uvicorn: async and sync views, streams, events,
  WebSockets, background tasks, and views that are cancelled as their clients leave.

`mixed` is one process in which threads, greenlets and tasks of several event loops ask
two applications at once, and hammer the same Local, LocalStack and contexts besides.
`all` runs each of them, each once more as a control, and prints a table.

An *operation* is one request or one message of a WebSocket whose answer is compared; in
the mixed form also one step of reading what was written before. Exit code 0 means: no
mismatch, no error, everything torn down exactly once, and a memory that does not grow
with the number of operations.

`--control` keeps the data in plain globals instead (`--control threadlocal`: in a
threading.local); then the soak must find mismatches, and exits with 0 only if it does.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.soaking.outcome import Outcome, report, table
from benchmarks.soaking.runs import run_mixed, run_over_sockets

__all__ = ["main"]

FORMS = ("threads", "processes", "greenlets", "tasks", "mixed")
CONTROLS = {"threads": "globals", "processes": "globals", "greenlets": "globals"}
CONTROLS |= {"tasks": "threadlocal", "mixed": "threadlocal"}
CONTROL_OPERATIONS = 5_000
SERVERS = ("insula", "uvicorn")
# Threads change places more often than by default (5 ms), to meet in more places.
SWITCH_INTERVAL = 0.001


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--form", choices=[*FORMS, "all"], default="threads")
    parser.add_argument("--operations", "--requests", type=int, default=200_000)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--threads", type=int, default=12)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--server", choices=SERVERS, default="insula")
    parser.add_argument("--switch", type=float, default=SWITCH_INTERVAL)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument(
        "--control",
        choices=["globals", "threadlocal"],
        nargs="?",
        const="globals",
        default="",
        help="keep the data where it is not isolated, and expect to fail",
    )
    parser.add_argument("--outcome", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.processes is None:
        options.processes = 2 if options.form == "processes" else 1
    for name in ("operations", "clients", "threads", "processes"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    if options.switch <= 0:
        parser.error("--switch must be a number of seconds above 0")
    if options.server != "insula" and options.form not in {"tasks", "all"}:
        parser.error(f"--server {options.server} serves --form tasks only")
    if options.control and options.form == "threads" and options.threads < 2:
        parser.error("--control needs --threads of at least 2: one alone never crosses")
    return options


def run(options: argparse.Namespace) -> Outcome:
    """Run one form, in a folder that is removed afterwards."""
    if options.form == "mixed":
        return run_mixed(options)
    with tempfile.TemporaryDirectory(prefix="insula-soak-") as instance:
        return run_over_sockets(options, instance)


def run_all(options: argparse.Namespace) -> int:
    """Run each form, and each as a control, in a process of its own; print a table."""
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="insula-soaks-") as folder:
        for form in FORMS:
            for control in (CONTROLS[form], ""):
                target = Path(folder) / "outcome.json"
                target.unlink(missing_ok=True)
                subprocess.run(_command(options, form, control, target), check=False)
                if target.exists():
                    outcomes.append(Outcome(**json.loads(target.read_text("utf-8"))))
                else:
                    outcomes.append(Outcome(form, control, failures=["it broke down"]))
                print(flush=True)
    print(table(outcomes))
    return 1 if any(outcome.has_failed for outcome in outcomes) else 0


def _command(
    options: argparse.Namespace, form: str, control: str, target: Path
) -> list[str]:
    wanted = min(CONTROL_OPERATIONS, options.operations)
    command = [sys.executable, "-m", "benchmarks.soak", "--form", form]
    command += ["--operations", str(wanted if control else options.operations)]
    command += ["--control", control] if control else []
    command += ["--server", options.server] if form == "tasks" else []
    for name in ("clients", "threads", "switch", "seed"):
        command += [f"--{name}", str(getattr(options, name))]
    return [*command, "--outcome", str(target)]


def main() -> int:
    """Run what was asked for; return the exit code."""
    options = parse_arguments()
    if options.form == "all":
        return run_all(options)
    outcome = run(options)
    report(outcome)
    if options.outcome is not None:
        options.outcome.write_text(json.dumps(outcome.as_dict()), "utf-8")
    return 1 if outcome.has_failed else 0


if __name__ == "__main__":
    sys.exit(main())
