"""A contender whose text is right, and whose header fields are another work's.

It is started as every contender is, as `tests.beside.wrong_contender insula`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.beside import harness
from benchmarks.beside.contenders import insula_app

__all__: list[str] = []


def _wrong(app: Any) -> Any:
    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: Any, exc_info: Any = None) -> Any:
            kept = [(name, value) for name, value in headers if name != "X-Request-Id"]
            return start_response(status, [*kept, ("X-Cheap", "yes")], exc_info)

        return app(environ, start)

    return answer


if __name__ == "__main__":
    insula_app.APPS["main"] = _wrong(insula_app.APPS["main"])
    harness.main()
