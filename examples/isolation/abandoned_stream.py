"""A client leaves in the middle of a stream, and the next request finds a clean thread.

A view may return a generator, which the server reads after the view has returned. With
``stream_with_context`` the generator sees ``request`` and ``g`` all the while. What if
the client goes away? Flask pushes the request's context on the server's thread and, if
nobody reads on, leaves it there (pallets/flask#6123). Here each step runs in a
``Context`` of the request's own, so there is nothing on the thread that could stay.

This program is the server: it calls the application as PEP 3333 says, on one thread,
reads one piece of the stream and drops it, once with ``close()`` and once without.
"""

import gc
from collections.abc import Iterator

from werkzeug.test import EnvironBuilder

from insula import Insula, g, has_request_context, request, stream_with_context
from insula.context import app_stack, request_stack

app = Insula(__name__)
ended: list[str] = []


@app.get("/stream")
def stream() -> Iterator[str]:
    """Answer in a thousand pieces."""
    g.user = "ada"

    def pieces() -> Iterator[str]:
        for number in range(1000):
            yield f"{request.path} {number} for {g.user}\n"

    return stream_with_context(pieces())


@app.get("/next")
def after() -> str:
    """Answer with what is there of the request before."""
    return f"user: {g.get('user', 'nobody')}"


@app.teardown_request
def teardown(_: BaseException | None) -> None:
    """Note that a request has ended."""
    ended.append(request.path)


def call(path: str) -> Iterator[bytes]:
    """Call the application as a server does; return the body."""
    environ = EnvironBuilder(path).get_environ()
    body = app(environ, lambda status, headers, exc_info=None: None)  # noqa: ARG005
    return iter(body)


def main() -> None:
    """Abandon two streams, and ask again each time."""
    for how in ("closed", "dropped"):
        body = call("/stream")
        print(f"one piece:         {next(body).decode().strip()}")
        print(
            f"on the thread:     {len(request_stack)} requests, {len(app_stack)} apps"
        )
        if how == "closed":
            body.close()
        del body
        gc.collect()
        print(f"{how + ':':18} torn down {ended}, current: {has_request_context()}")
        print(f"the next request:  {b''.join(call('/next')).decode()}")
        ended.clear()


if __name__ == "__main__":
    main()
