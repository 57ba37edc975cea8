"""A thread pool: the threads stay, the jobs come and go. What a job leaves, stays too.

Servers work this way, so this is where requests leak into each other: a value kept
"for this thread" is still there when the thread takes the next job. A pool's job also
knows nothing of the request that ordered it. Two cures: run each job in a context of
its own, and carry the current contexts into the pool.
"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import get_ident

from insula import ContextThreadPoolExecutor, Insula, g, has_request_context, request
from insula.local import Local

app = Insula(__name__)
current = Local()


def login(name: str) -> int:
    """Handle a request that sets who is there, and cleans nothing up."""
    current.user = name
    return get_ident()


def who() -> tuple[str, int]:
    """Handle the next request, of somebody who has not logged in."""
    return getattr(current, "user", "nobody"), get_ident()


def what_is_left_behind() -> None:
    """Run two jobs on one thread: plainly, then each in a Context of its own."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(login, "ada").result()
        user, second = pool.submit(who).result()
        print(f"same thread: {first == second}; the next request is {user}'s")
        pool.submit(Context().run, login, "bob").result()
        user, _ = pool.submit(Context().run, who).result()
        print(f"each in a Context of its own: the next request is {user}'s")


def what_is_carried() -> None:
    """Read ``request`` and ``g`` in the jobs of a request."""

    def job() -> str:
        return f"{request.path} {g.user}" if has_request_context() else "no request"

    with app.test_request_context("/report"):
        g.user = "ada"
        with ThreadPoolExecutor(max_workers=1) as pool:
            print(f"a plain pool's job sees:    {pool.submit(job).result()}")
        with ContextThreadPoolExecutor(max_workers=1) as carrying:
            print(f"a carrying pool's job sees: {carrying.submit(job).result()}")


if __name__ == "__main__":
    what_is_left_behind()
    what_is_carried()
