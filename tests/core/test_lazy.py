from __future__ import annotations

import inspect

import pytest

from insula._core.lazy import lazy


class Circle:
    def __init__(self) -> None:
        self.calls = 0

    @lazy
    def area(self) -> int:
        """What it covers."""
        self.calls += 1
        return self.calls * 10

    @lazy
    def broken(self) -> int:
        self.calls += 1
        raise ValueError("no radius")


def test_value_is_computed_at_the_first_read_and_kept() -> None:
    circle = Circle()
    assert circle.calls == 0
    assert circle.area == 10
    assert circle.area == 10
    assert circle.calls == 1


def test_instances_keep_values_of_their_own() -> None:
    first, second = Circle(), Circle()
    second.calls = 4
    assert (first.area, second.area) == (10, 50)


def test_assigned_value_is_read_without_computing() -> None:
    circle = Circle()
    circle.area = 7
    assert circle.area == 7
    assert circle.calls == 0


def test_deleted_value_is_computed_anew() -> None:
    circle = Circle()
    assert circle.area == 10
    del circle.area
    assert circle.area == 20


def test_deletion_before_the_first_read_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        del Circle().area


def test_failed_computation_keeps_nothing() -> None:
    circle = Circle()
    for calls in (1, 2):
        with pytest.raises(ValueError, match="no radius"):
            _ = circle.broken
        assert circle.calls == calls
    assert "broken" not in vars(circle)


def test_none_is_a_value_that_is_kept() -> None:
    class Empty:
        calls = 0

        @lazy
        def nothing(self) -> None:
            Empty.calls += 1

    empty = Empty()
    assert empty.nothing is None
    assert empty.nothing is None
    assert Empty.calls == 1


def test_read_on_the_class_is_the_descriptor_with_its_docstring() -> None:
    descriptor = inspect.getattr_static(Circle, "area")
    assert isinstance(descriptor, lazy)
    assert Circle.area is descriptor
    assert Circle.area.__doc__ == "What it covers."


def test_value_is_stored_under_the_name_the_class_gives_it() -> None:
    def compute(self: object) -> int:
        return 3

    class Named:
        other = lazy(compute)

    named = Named()
    assert named.other == 3
    assert vars(named) == {"other": 3}


def test_subclass_overrides_with_super() -> None:
    class Double(Circle):
        @lazy
        def area(self) -> int:
            return Circle.area._compute(self) * 2

    assert Double().area == 20


def test_own_setattr_of_a_class_is_not_called() -> None:
    class Strict:
        def __setattr__(self, name: str, value: object) -> None:
            raise TypeError(name)

        @lazy
        def size(self) -> int:
            return 5

    assert Strict().size == 5
