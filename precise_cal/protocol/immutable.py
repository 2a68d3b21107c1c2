"""Value classes, of which a start makes a hundred and a run makes millions."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Class = TypeVar("_Class")
_FIELDS: Final = "__dataclass_fields__"
_PARAMETERS: Final = "__dataclass_params__"
_MATCHED: Final = "__match_args__"
_MEMBERS: Final = "__members__"
_SHARED: Final = ("__module__", "__annotations__", "__orig_bases__", "__post_init__")
"""What a dataclass is made from, beside defaults."""


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def immutable(*, eq: bool = True, slots: bool = True) -> Callable[[type[_Class]], type[_Class]]:
    """A class decorator: a dataclass with slots that nobody assigns to, compared by its fields if `eq`.

    It means what `dataclass(frozen=True, slots=True)` does, at a fraction of the cost: ``__init__`` is written when it
    is first called, equality and hash when they are first asked for, and what `dataclasses.fields` and others look for
    when they look for it. The type checker holds that nobody assigns; Python would check it at every assignment.

    Args:
        eq: whether values are compared by their fields.
        slots: without them a value takes more room, and orjson writes it several times faster.
    """

    def decorate(cls: type[_Class]) -> type[_Class]:
        content = vars(cls)
        own = [_member(name, content) for name, kind in content.get("__annotations__", {}).items() if _is_field(kind)]
        made: Any = _slotted(cls, [one.name for one in own]) if slots else cls
        inherited = {one.name: one for one in getattr(made, _MEMBERS, ())}
        members = tuple({**inherited, **{one.name: one for one in own}}.values())
        setattr(made, _MEMBERS, members)
        setattr(made, _MATCHED, tuple(one.name for one in members if one.is_argument))
        setattr(made, _FIELDS, _Fields(made, {one.name: content[one.name] for one in own if one.name in content}))
        if "__repr__" not in content:
            made.__repr__ = _text
        made.__init__ = _later_init(made, members)
        if eq:
            _compare_later(made, members, {name for name in ("__eq__", "__hash__") if content.get(name) is None})
        decorated: type[_Class] = made
        return decorated

    return decorate


class _Member(NamedTuple):
    """A field, as code needs to know it."""

    name: str
    default: Any
    make: Any
    is_argument: bool
    is_compared: bool
    is_shown: bool


def _member(name: str, content: Any) -> _Member:
    default = content.get(name, MISSING)
    if isinstance(default, Field):
        return _Member(name, default.default, default.default_factory, default.init, default.compare, default.repr)
    return _Member(name, default, MISSING, is_argument=True, is_compared=True, is_shown=True)


def _is_field(kind: Any) -> bool:
    """Whether an annotation is that of a field; all of ours are kept as text."""
    return not str(kind).startswith("ClassVar")


def _slotted(cls: Any, names: list[str]) -> Any:
    """The class again with a slot for each field, as only a new class can have them."""
    left = {*names, "__dict__", "__weakref__"}
    content = {name: value for name, value in cls.__dict__.items() if name not in left}
    inherited = {slot for base in cls.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    slots = tuple(name for name in names if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, {**content, "__slots__": slots})
    made.__qualname__ = cls.__qualname__
    return made


def _later_init(cls: Any, members: tuple[_Member, ...]) -> Any:
    """An ``__init__`` that is written when it is first called."""

    def init(self: Any, *values: Any, **named: Any) -> None:
        cls.__init__ = _written_init(cls, members)
        cls.__init__(self, *values, **named)

    return init


def _compare_later(cls: Any, members: tuple[_Member, ...], absent: set[str]) -> None:
    """Let equality and hash, where the class does not say them itself, be written when they are first asked for."""

    def equal(self: Any, other: Any) -> Any:
        cls.__eq__ = _equality(_compared(members))
        return cls.__eq__(self, other)

    def hashed(self: Any) -> int:
        values = _compared(members)
        cls.__hash__ = lambda self: hash(values(self))
        return hash(self)

    for name, method in (("__eq__", equal), ("__hash__", hashed)):
        if name in absent:
            setattr(cls, name, method)


def _written_init(cls: Any, members: tuple[_Member, ...]) -> Any:
    known: dict[str, Any] = {"_MISSING": MISSING}
    for one in members:
        known |= {f"_default_{one.name}": one.default, f"_make_{one.name}": one.make}
    arguments = ", ".join(_argument(one) for one in members if one.is_argument)
    lines = [*(line for one in members for line in _assignment(one)), *_last(cls)]
    exec(f"def __init__(self, {arguments}):\n  " + "\n  ".join(lines or ["pass"]), known)  # noqa: S102 - as dataclasses
    return known["__init__"]


def _argument(one: _Member) -> str:
    if one.make is not MISSING:
        return f"{one.name}=_MISSING"
    return one.name if one.default is MISSING else f"{one.name}=_default_{one.name}"


def _assignment(one: _Member) -> Iterator[str]:
    if one.is_argument and one.make is MISSING:
        yield f"self.{one.name} = {one.name}"
    elif one.is_argument:
        yield f"self.{one.name} = _make_{one.name}() if {one.name} is _MISSING else {one.name}"
    elif one.make is not MISSING:
        yield f"self.{one.name} = _make_{one.name}()"
    elif one.default is not MISSING:
        yield f"self.{one.name} = _default_{one.name}"


def _last(cls: Any) -> list[str]:
    return ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []


class _Fields:
    """The fields of a class for `dataclasses`: asking for them makes a dataclass of the same form, and takes its."""

    def __init__(self, cls: Any, defaults: dict[str, Any]) -> None:
        self._cls = cls
        self._defaults = defaults

    def __get__(self, instance: Any, owner: type) -> Any:
        cls = self._cls
        shared = {name: cls.__dict__[name] for name in _SHARED if name in cls.__dict__}
        content = {**shared, **self._defaults}
        twin: Any = dataclass(slots=True, eq=False, repr=False)(type(cls)(cls.__name__, cls.__bases__, content))
        for name in (_FIELDS, _PARAMETERS):
            setattr(cls, name, twin.__dict__[name])
        return getattr(owner, _FIELDS)


def _text(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in self.__members__ if one.is_shown)
    return f"{type(self).__qualname__}({shown})"


def _compared(members: tuple[_Member, ...]) -> Callable[[Any], Any]:
    """What of a value is compared."""
    names = [one.name for one in members if one.is_compared]
    return attrgetter(*names) if names else type


def _equality(values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal
