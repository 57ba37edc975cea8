"""Bound methods and ``functools.partial``: how a name comes to mean what is current.

A *bound method* is a function that remembers its object: ``stack.pop`` can be handed
over and called later, without the stack. A *partial* is a function that remembers
arguments: ``partial(getattr, thing, "name")`` reads ``thing.name`` when it is called.
Both put off the work until somebody calls. A *proxy* is the last step: it calls for
you, whenever you touch it. That is all that ``request`` is.
"""

from dataclasses import dataclass
from functools import partial

from insula.local import LocalProxy, LocalStack


@dataclass
class Request:
    """As much of a request as this page needs."""

    path: str


@dataclass
class Context:
    """What is pushed for each request."""

    request: Request


contexts: LocalStack[Context] = LocalStack()


def find(name: str) -> object:
    """Return an attribute of the context on top."""
    top = contexts.top
    if top is None:
        raise RuntimeError("no request is being answered")
    return getattr(top, name)


find_request = partial(find, "request")  # nothing is looked up yet
request: LocalProxy[Request] = LocalProxy(find_request)


def main() -> None:
    """Go from the method to the proxy."""
    push = contexts.push
    print(f"a bound method remembers its object:  {push.__self__ is contexts}")
    print(f"a partial remembers its arguments:    {find_request.args}")

    push(Context(Request("/first")))
    print(f"calling the partial looks it up now:  {find_request()}")
    print(f"touching the proxy calls the partial: {request.path}")
    push(Context(Request("/second")))
    print(f"one name, another request:            {request.path}")
    print(f"and it passes for what it stands for: {isinstance(request, Request)}")

    contexts.pop()
    contexts.pop()
    try:
        print(request.path)
    except RuntimeError as exc:
        print(f"with no request, the partial's error: {exc}")


if __name__ == "__main__":
    main()
