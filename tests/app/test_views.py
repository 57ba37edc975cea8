"""Class-based views: what they are registered as, and which method answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from insula.views import MethodView, View

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula import Insula


class Greeting(View):
    """Greets."""

    def __init__(self, word: str = "hello", *, end: str = "") -> None:
        self.word = word + end
        self.calls = 0

    def dispatch_request(self, name: str = "you") -> str:
        self.calls += 1
        return f"{self.word} {name} {self.calls}"


class Shared(Greeting):
    init_every_request = False


class Items(MethodView):
    def get(self) -> str:
        return "get"

    async def post(self) -> str:
        return "post"


class MoreItems(Items):
    def delete(self) -> str:
        return "delete"


class WithHead(Items):
    def head(self) -> Any:
        return "", 202


def get_twice(app: Insula, path: str = "/") -> list[str]:
    client = app.test_client()
    return [client.get(path).text for _ in range(2)]


@pytest.mark.parametrize(
    ("cls", "expected"),
    [(Greeting, ["hi! you 1", "hi! you 1"]), (Shared, ["hi! you 1", "hi! you 2"])],
)
def test_view_is_made_for_each_request_unless_shared(
    app: Insula, cls: type[View], expected: list[str]
) -> None:
    app.add_url_rule("/", view_func=cls.as_view("greet", "hi", end="!"))
    assert get_twice(app) == expected


def test_view_is_given_the_variable_parts(app: Insula) -> None:
    app.add_url_rule("/<name>", view_func=Greeting.as_view("greet"))
    assert app.test_client().get("/ann").text == "hello ann 1"


def test_view_function_tells_what_it_was_made_of() -> None:
    view: Any = Greeting.as_view("greet")
    assert (view.__name__, view.__doc__) == ("greet", "Greets.")
    assert (view.__module__, view.view_class) == (__name__, Greeting)
    assert (view.methods, view.provide_automatic_options) == (None, None)


def test_view_class_replaced_on_the_function_is_used(app: Insula) -> None:
    view: Any = Greeting.as_view("greet", "a")

    class Other(Greeting):
        def dispatch_request(self, name: str = "you") -> str:
            return f"other {self.word}"

    view.view_class = Other
    app.add_url_rule("/", view_func=view)
    assert get_twice(app) == ["other a"] * 2


def test_view_without_dispatch_request_says_what_to_define(app: Insula) -> None:
    class Empty(View):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define dispatch_re"):
        Empty().dispatch_request()
    app.add_url_rule("/", view_func=Empty.as_view("empty"))
    assert app.test_client().get("/").status_code == 500


def test_view_decorators_are_applied_the_last_outermost(app: Insula) -> None:
    def mark(letter: str) -> Callable[..., Any]:
        def decorate(view: Callable[..., str]) -> Callable[..., str]:
            def wrapper(**kwargs: Any) -> str:
                return f"{letter}({view(**kwargs)})"

            return wrapper

        return decorate

    class Own(Greeting):
        decorators: ClassVar[list[Any]] = [mark("a"), mark("b")]

    app.add_url_rule("/", view_func=Own.as_view("own"))
    assert "own" in app.view_functions
    assert get_twice(app) == ["b(a(hello you 1))"] * 2


@pytest.mark.parametrize(
    ("automatic", "extra", "status", "body"),
    [
        (None, [], 200, ""),
        (False, [], 405, None),
        (True, ["OPTIONS"], 200, ""),
        (False, ["OPTIONS"], 200, "hello you 1"),
        (None, ["OPTIONS"], 200, "hello you 1"),
    ],
)
def test_view_methods_and_options_are_the_rules(
    app: Insula, automatic: bool | None, extra: list[str], status: int, body: str | None
) -> None:
    class Own(Greeting):
        methods: ClassVar[Any] = ["POST", "PUT", *extra]
        provide_automatic_options = automatic

    app.add_url_rule("/", view_func=Own.as_view("own"))
    client = app.test_client()
    statuses = [client.open("/", method=m).status_code for m in ("PUT", "GET")]
    assert statuses == [200, 405]
    response = client.options("/")
    assert response.status_code == status
    assert body is None or response.text == body


def test_methods_given_at_registration_win(app: Insula) -> None:
    app.add_url_rule("/", view_func=Items.as_view("items"), methods=["GET"])
    assert app.test_client().post("/").status_code == 405


@pytest.mark.parametrize(
    ("cls", "methods"),
    [
        (MethodView, None),
        (Items, {"GET", "POST"}),
        (MoreItems, {"GET", "POST", "DELETE"}),
        (WithHead, {"GET", "POST", "HEAD"}),
    ],
)
def test_method_view_has_the_methods_that_are_defined(
    cls: type[MethodView], methods: set[str] | None
) -> None:
    assert cls.methods == methods


def test_method_view_keeps_methods_of_its_own() -> None:
    class Own(Items):
        methods: ClassVar[Any] = {"GET"}

    assert Own.methods == {"GET"}


def test_method_view_of_two_bases_has_the_methods_of_both() -> None:
    class Puts(MethodView):
        def put(self) -> str:
            return "put"

    class Both(Items, Puts):
        pass

    assert Both.methods == {"GET", "POST", "PUT"}


@pytest.mark.parametrize(
    ("cls", "method", "status", "body"),
    [
        (Items, "GET", 200, "get"),
        (Items, "POST", 200, "post"),
        (Items, "HEAD", 200, ""),
        (Items, "DELETE", 405, None),
        (Items, "OPTIONS", 200, ""),
        (MoreItems, "DELETE", 200, "delete"),
        (MoreItems, "GET", 200, "get"),
        (WithHead, "HEAD", 202, ""),
    ],
)
def test_method_view_answers_with_the_method_of_the_requests_name(
    app: Insula, cls: type[MethodView], method: str, status: int, body: str | None
) -> None:
    app.add_url_rule("/", view_func=cls.as_view("items"))
    response = app.test_client().open("/", method=method)
    assert response.status_code == status
    assert body is None or response.text == body


def test_method_view_registered_for_a_method_it_lacks_says_which(app: Insula) -> None:
    app.testing = True
    app.add_url_rule("/", view_func=Items.as_view("items"), methods=["PATCH"])
    with pytest.raises(AssertionError, match="'PATCH'"):
        app.test_client().patch("/")
