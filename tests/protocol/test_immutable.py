"""Value classes are dataclasses with slots, whenever one looks."""

from __future__ import annotations

import copy
import pickle
from dataclasses import field, fields, is_dataclass, replace
from typing import ClassVar

import orjson
import pytest

from precise_cal.protocol.immutable import immutable


@immutable()
class Point:
    """A place."""

    kind: ClassVar[str] = "point"

    x: int
    y: int = 0
    notes: list[str] = field(default_factory=list, compare=False, repr=False)

    def doubled(self) -> Point:
        """Twice as far."""
        return replace(self, x=self.x * 2, y=self.y * 2)


@immutable()
class Named(Point):
    """A place with a name, and how long that is."""

    name: str = "here"
    length: int = field(init=False, default=7)
    parts: tuple[str, ...] = field(init=False)
    y: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.name))


@immutable(eq=False)
class Thing:
    """Compared by identity."""

    x: int


@immutable()
class Folded:
    """A text that says itself what is the same."""

    text: str
    size: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folded) and self.text.casefold() == other.text.casefold()

    def __hash__(self) -> int:
        return hash(self.text.casefold())


@immutable()
class Untouched:
    """Of which nothing was made before its fields are asked for."""

    x: int
    y: str = "y"


def test_a_value_has_its_fields_defaults_and_text() -> None:
    one = Point(1)
    assert (one.x, one.y, one.notes, one.kind) == (1, 0, [], "point")
    assert Point(1).notes is not one.notes
    assert repr(Point(1, y=2)) == "Point(x=1, y=2)"
    assert not hasattr(one, "__dict__")
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]


def test_values_compare_by_their_fields() -> None:
    assert Point(1, 2) == Point(1, 2, ["other"])
    assert Point(1, 2) != Point(2, 1)
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert Point(1, 5) != Named(1)
    assert Thing(1) != Thing(1)


def test_a_class_that_says_itself_what_is_the_same_is_heard() -> None:
    assert Folded("Straße", 1) == Folded("STRASSE", 2)
    assert len({Folded("Straße"), Folded("STRASSE")}) == 1


def test_a_class_inherits_the_fields_of_another() -> None:
    one = Named(1, name="abc")
    assert (one.x, one.y, one.name, one.length, one.parts) == (1, 5, "abc", 7, ("a", "b", "c"))
    assert [one.name for one in fields(Named)] == ["x", "y", "notes", "name", "length", "parts"]
    assert Named.__slots__ == ("name", "length", "parts")


def test_dataclasses_know_it_also_before_it_is_used() -> None:
    assert is_dataclass(Untouched)
    assert [(one.name, one.default) for one in fields(Untouched)][1] == ("y", "y")
    assert replace(Untouched(1), x=2) == Untouched(2)
    assert Point(1, 2).doubled() == Point(2, 4)


def test_a_value_is_copied_kept_and_matched() -> None:
    one = Named(1, 2, ["note"], "abc")
    for same in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert same == one
        assert same.notes == ["note"]
    match one:
        case Named(x, y):
            assert (x, y) == (1, 2)


@immutable(slots=False)
class Written:
    """A value that is written as JSON often."""

    x: int
    names: tuple[str, ...] = ()


def test_without_slots_it_is_the_same_but_for_its_room() -> None:
    value = Written(1, ("a",))
    assert value == Written(1, names=("a",)) != Written(2)
    assert hash(value) == hash(Written(1, ("a",)))
    assert [one.name for one in fields(value)] == ["x", "names"]
    assert replace(value, x=3) == pickle.loads(pickle.dumps(Written(3, ("a",))))
    assert vars(value) == {"x": 1, "names": ("a",)}
    assert orjson.dumps(value) == b'{"x":1,"names":["a"]}'
