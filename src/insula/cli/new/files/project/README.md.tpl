# @name@

    insula run --debug      # serves http://127.0.0.1:5000, anew after each change
    python -m pytest        # tests

Both need `python -m pip install -e '.[dev]'` once, in an environment of your own.

| where | what |
|---|---|
| `@package@/__init__.py` | `create_app()`: settings, blueprints, error page |
| `@package@/pages.py` | a blueprint: the views |
| `@package@/templates/`, `static/` | what the pages are made of |
| `wsgi.py` | the application, for servers |
| `tests/` | the tests |
| `instance/config.py` | settings of this computer, its secret key among them; not in Git |

A variable `@PREFIX@_NAME` sets the setting `NAME`. A computer without `instance/config.py`
needs a key, which `python -c 'import secrets; print(secrets.token_hex(32))'` makes:

    export @PREFIX@_SECRET_KEY=...

Before it is served to others, `insula check --production` looks for mistakes. The
`Dockerfile` serves on port 8000:

    docker build -t @name@ .
    docker run -p 8000:8000 -e @PREFIX@_SECRET_KEY=... @name@
