"""@name@: serve it with `insula --app @package@ run --debug`."""

from __future__ import annotations

from insula import Insula

app = Insula(__name__)


@app.get("/")
def index() -> str:
    """Greet whoever comes."""
    return "<h1>Hello!</h1>"


@app.get("/hello/<name>")
def hello(name: str) -> dict[str, str]:
    """Greet by name, as JSON."""
    return {"hello": name}


if __name__ == "__main__":
    app.run()
