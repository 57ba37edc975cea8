"""Many applications in one process, each with its own contexts.

``DispatcherMiddleware`` hands a request to the application whose mount its path begins
with, the longest first. Mounted or not, ``current_app`` is the application that
answers, ``url_for`` begins with its mount, and both may answer at the same moment.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from werkzeug.test import Client

from insula import DispatcherMiddleware, Insula, current_app, g, request, url_for

both_are_here = Barrier(2)


def make_app(name: str) -> Insula:
    """Make an application; they differ in their names only."""
    app = Insula(__name__)
    app.config["TITLE"] = name

    @app.get("/page")
    def page() -> str:
        g.title = current_app.config["TITLE"]
        return f"{g.title}: {request.script_root or '(root)'} {url_for('page')}"

    @app.get("/meet")
    def meet() -> str:
        g.title = current_app.config["TITLE"]
        both_are_here.wait(timeout=10)  # two requests are in here, one of each
        return f"{g.title}, still {current_app.config['TITLE']}"

    return app


shop, secure, vault = (make_app(name) for name in ("shop", "secure", "vault"))
everything = DispatcherMiddleware(shop, {"/sec": secure, "/sec/vault": vault})


def get(path: str) -> str:
    """Send a request, as a server does."""
    response = Client(everything).get(path)
    return response.text if response.status_code == 200 else response.status


def main() -> None:
    """Ask all three; then two at the same time; then one inside another."""
    for path in ("/page", "/sec/page", "/sec/vault/page", "/second/page"):
        print(f"GET {path:16} {get(path)}")

    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(get, ["/meet", "/sec/meet"])
        print(f"at the same time:    {list(answers)}")

    with shop.app_context():
        before = current_app.config["TITLE"]
        with secure.test_request_context("/page"):
            inside = current_app.config["TITLE"]
        after = current_app.config["TITLE"]
        print(f"one inside another:  {before}, {inside}, {after}")


if __name__ == "__main__":
    main()
