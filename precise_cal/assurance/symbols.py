"""The values of the rule language with parts that are variables of Z3."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.days import Calendar, Day, Instant
from precise_cal.assurance.logic import both, choose, either, no
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.assurance.logic import Bit, Count


class UntranslatedError(Exception):
    """A part of a rule that has no translation; it is named, never guessed."""


@immutable(eq=False)
class Truth:
    """A three-valued truth: whether it is true, and whether it is false."""

    yes: Bit
    not_: Bit

    @property
    def null(self) -> Bit:
        """Whether it is neither."""
        return both(no(self.yes), no(self.not_))


@immutable(eq=False)
class Number:
    """An Integer or Decimal; an uncertain one lies between `low` and `high`."""

    null: Bit
    low: Count
    high: Count


@immutable(eq=False)
class Text:
    """A word, by its number in the table of words."""

    null: Bit
    code: Count


@immutable(eq=False)
class Amount:
    """A quantity in a unit that is known."""

    null: Bit
    value: Count
    unit: str


@immutable(eq=False)
class Whole:
    """A part of the record; `read` gives its elements by name."""

    null: Bit
    read: Callable[[str], Any]


@immutable(eq=False)
class Listed:
    """A list: items that are there or not, in order. `is_set`: equal ones may count once."""

    null: Bit
    items: tuple[tuple[Bit, Any], ...]
    is_set: bool = False


@immutable(eq=False)
class Range:
    """An interval of two values."""

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool


@immutable(eq=False)
class Parts:
    """A tuple."""

    elements: Mapping[str, Any]


@immutable(eq=False)
class Null:
    """The null of no type."""

    null: Final = True


NULL: Final = Null()
YES: Final = Truth(True, False)
NO: Final = Truth(False, True)
OPEN: Final = Truth(False, False)


def truth(value: Any) -> Truth:
    """A value as a truth; the null of no type is open."""
    if isinstance(value, Null):
        return OPEN
    if not isinstance(value, Truth):
        raise UntranslatedError(f"a truth is expected, not {type(value).__name__}")
    return value


def certain(null: Bit, yes: Bit, not_: Bit | None = None) -> Truth:
    """A truth that is open where `null`."""
    is_not = no(yes) if not_ is None else not_
    return Truth(both(no(null), yes), both(no(null), is_not))


def negated(value: Truth) -> Truth:
    """`not`."""
    return Truth(value.not_, value.yes)


def conjunction(left: Truth, right: Truth) -> Truth:
    """`and`."""
    return Truth(both(left.yes, right.yes), either(left.not_, right.not_))


def disjunction(left: Truth, right: Truth) -> Truth:
    """`or`."""
    return Truth(either(left.yes, right.yes), both(left.not_, right.not_))


def chosen(calendar: Calendar, bit: Bit, yes: Any, otherwise: Any) -> Any:
    """One of two values. Raises `UntranslatedError` where they are of kinds that cannot be one."""
    if isinstance(bit, bool):
        return yes if bit else otherwise
    if yes is otherwise:
        return yes
    if isinstance(yes, Null) or isinstance(otherwise, Null):
        known = otherwise if isinstance(yes, Null) else yes
        return known if isinstance(known, Null) else absent_where(bit if isinstance(yes, Null) else no(bit), known)
    if type(yes) is not type(otherwise):
        raise UntranslatedError(f"a choice between {type(yes).__name__} and {type(otherwise).__name__}")
    merge = _MERGED.get(type(yes))
    if merge is None:
        raise UntranslatedError(f"a choice between two {type(yes).__name__}")
    return merge(calendar, bit, yes, otherwise)


def absent_where(bit: Bit, value: Any) -> Any:
    """A value that is null where `bit`."""
    here = no(bit)
    match value:
        case Truth(yes=yes, not_=not_):
            return Truth(both(here, yes), both(here, not_))
        case Number(null=null, low=low, high=high):
            return Number(either(bit, null), low, high)
        case Text(null=null, code=code):
            return Text(either(bit, null), code)
        case Amount(null=null, value=number, unit=unit):
            return Amount(either(bit, null), number, unit)
        case Day():
            return _absent_day(bit, value)
        case Instant():
            return Instant(_absent_day(bit, value.day), value.has_hour, value.first, value.last)
        case Whole(null=null, read=read):
            return Whole(either(bit, null), read)
        case Listed(null=null, items=items, is_set=is_set):
            return Listed(either(bit, null), items, is_set)
    raise UntranslatedError(f"a {type(value).__name__} that may be null")


def _absent_day(bit: Bit, day: Day) -> Day:
    null = either(bit, day.null)
    return Day(null, day.has_month, day.has_day, day.first, day.last)


def _truths(_: Calendar, bit: Bit, yes: Truth, otherwise: Truth) -> Truth:
    return Truth(choose(bit, yes.yes, otherwise.yes), choose(bit, yes.not_, otherwise.not_))


def _numbers(_: Calendar, bit: Bit, yes: Number, otherwise: Number) -> Number:
    return Number(*[choose(bit, getattr(yes, name), getattr(otherwise, name)) for name in ("null", "low", "high")])


def _texts(_: Calendar, bit: Bit, yes: Text, otherwise: Text) -> Text:
    return Text(choose(bit, yes.null, otherwise.null), choose(bit, yes.code, otherwise.code))


def _amounts(_: Calendar, bit: Bit, yes: Amount, otherwise: Amount) -> Amount:
    if yes.unit != otherwise.unit:
        raise UntranslatedError(f"a choice between {yes.unit} and {otherwise.unit}")
    return Amount(choose(bit, yes.null, otherwise.null), choose(bit, yes.value, otherwise.value), yes.unit)


def _days(calendar: Calendar, bit: Bit, yes: Day, otherwise: Day) -> Day:
    return calendar.merged(bit, yes, otherwise)


def _instants(calendar: Calendar, bit: Bit, yes: Instant, otherwise: Instant) -> Instant:
    names = ("has_hour", "first", "last")
    rest = [choose(bit, getattr(yes, name), getattr(otherwise, name)) for name in names]
    return Instant(calendar.merged(bit, yes.day, otherwise.day), *rest)


_MERGED: Final[dict[type, Callable[[Calendar, Bit, Any, Any], Any]]] = {
    Truth: _truths,
    Number: _numbers,
    Text: _texts,
    Amount: _amounts,
    Day: _days,
    Instant: _instants,
}


def exactly(value: Any) -> Fraction:
    """A number as a fraction."""
    return Fraction(value)
