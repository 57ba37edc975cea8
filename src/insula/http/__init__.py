"""Request and response: Werkzeug's, made lazy.

Both subclass Werkzeug's classes, so every type and method that extensions know is
there. What differs is *when* a part is made: when it is first touched. A view that
never reads the request's headers never builds them, and a response whose headers
nobody touches goes to the server as two tuples.
"""

from insula.http.request import Request
from insula.http.response import Response

__all__ = ["Request", "Response"]
