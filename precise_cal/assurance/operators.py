"""The operators of the rule language in Z3. One that is not here has no translation, and is named."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from precise_cal.assurance.days import Day, Instant, is_same, not_after, years_between
from precise_cal.assurance.logic import (
    at_most,
    below,
    both,
    choose,
    either,
    is_known,
    no,
    plus,
    quotient,
    remainder,
    same,
    times,
)
from precise_cal.assurance.symbols import (
    NO,
    NULL,
    OPEN,
    Amount,
    Listed,
    Null,
    Number,
    Range,
    Text,
    Truth,
    UntranslatedError,
    absent_where,
    certain,
    chosen,
    conjunction,
    disjunction,
    negated,
    truth,
)
from precise_cal.protocol.units import UnitError, conversion_factor, parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.assurance.days import Calendar
    from precise_cal.assurance.logic import Bit, Count

    Operator = Callable[[Calendar, list[Any], str | None], Any]

_HOURS: Final = {"hour": 3_600_000, "minute": 60_000, "second": 1000, "millisecond": 1}
_DAYS: Final = {"day": 1, "week": 7}
_MONTHS: Final = {"month": 1, "year": 12}


def _singular(unit: str) -> str:
    return unit.removesuffix("s")


# ---- logic ----


def _and(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return conjunction(truth(given[0]), truth(given[1]))


def _or(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return disjunction(truth(given[0]), truth(given[1]))


def _implies(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return disjunction(negated(truth(given[0])), truth(given[1]))


def _not(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return negated(truth(given[0]))


def _is_true(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return certain(False, truth(given[0]).yes)


def _is_false(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return certain(False, truth(given[0]).not_)


def _is_null(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return certain(False, given[0].null)


# ---- comparison ----


def _less_or_equal(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return ordered(given[0], given[1])


def _greater_or_equal(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return ordered(given[1], given[0])


def _less(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return negated(ordered(given[1], given[0]))


def _greater(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return negated(ordered(given[0], given[1]))


def ordered(left: Any, right: Any) -> Truth:
    """`left <= right`. Raises `UntranslatedError`."""
    if isinstance(left, Null) or isinstance(right, Null):
        return OPEN
    null = either(left.null, right.null)
    match left, right:
        case (Number(), Number()):
            return certain(null, at_most(left.high, right.low), below(right.high, left.low))
        case (Amount(), Amount()):
            pair = _measured(left, right)
            return OPEN if pair is None else certain(null, at_most(*pair))
        case (Day(), Day()) | (Instant(), Instant()):
            return certain(null, *not_after(left, right))
    raise UntranslatedError(f"an order of {type(left).__name__} and {type(right).__name__}")


def equal(left: Any, right: Any) -> Truth:
    """`left = right`. Raises `UntranslatedError`."""
    if isinstance(left, Null) or isinstance(right, Null):
        return OPEN
    null = either(left.null, right.null)
    match left, right:
        case (Truth(), Truth()):
            return certain(null, either(both(left.yes, right.yes), both(left.not_, right.not_)))
        case (Number(), Number()):
            sure = both(same(left.low, left.high), same(right.low, right.high), same(left.low, right.low))
            return certain(null, sure, either(below(left.high, right.low), below(right.high, left.low)))
        case (Text(), Text()):
            return certain(null, same(left.code, right.code))
        case (Amount(), Amount()):
            pair = _measured(left, right)
            return OPEN if pair is None else certain(null, same(*pair))
        case (Day(), Day()) | (Instant(), Instant()):
            return certain(null, *is_same(left, right))
    raise UntranslatedError(f"whether {type(left).__name__} and {type(right).__name__} are equal")


def _equal(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return equal(given[0], given[1])


def _not_equal(_: Calendar, given: list[Any], __: str | None) -> Truth:
    return negated(equal(given[0], given[1]))


def _measured(left: Amount, right: Amount) -> tuple[Count, Count] | None:
    """Two amounts in one unit; None where their units do not measure the same."""
    if left.unit == right.unit:
        return left.value, right.value
    try:
        factor = conversion_factor(left.unit, right.unit)
    except UnitError:
        return None
    if factor is None:
        if parse_unit(left.unit).is_commensurable(parse_unit(right.unit)):
            raise UntranslatedError(f"an order of {left.unit} and {right.unit}")
        return None
    return times(left.value, Fraction(factor)), right.value


def _in(_: Calendar, given: list[Any], __: str | None) -> Truth:
    value, within = given
    if isinstance(within, Range):
        if not within.low_closed or not within.high_closed:
            raise UntranslatedError("in an open interval")
        return conjunction(ordered(within.low, value), ordered(value, within.high))
    if isinstance(within, Null):
        return NO
    if isinstance(value, Null) and isinstance(within, Listed) and all(one.null is False for _, one in within.items):
        return NO
    if not isinstance(within, Listed) or not isinstance(value, Text):
        raise UntranslatedError(f"a {type(value).__name__} in a {type(within).__name__}")
    found = [
        both(there, either(both(value.null, one.null), both(no(value.null), no(one.null), same(value.code, one.code))))
        for there, one in within.items
    ]
    return certain(False, both(no(within.null), either(*found)))


# ---- numbers ----


def _add(calendar: Calendar, given: list[Any], _: str | None) -> Any:
    return _sum(calendar, given[0], given[1], 1)


def _subtract(calendar: Calendar, given: list[Any], _: str | None) -> Any:
    return _sum(calendar, given[0], given[1], -1)


def _sum(calendar: Calendar, left: Any, right: Any, sign: int) -> Any:
    if isinstance(left, Null) or isinstance(right, Null):
        return NULL
    match left, right:
        case (Number(), Number()):
            low, high = (right.low, right.high) if sign > 0 else (times(right.high, -1), times(right.low, -1))
            return Number(either(left.null, right.null), plus(left.low, low), plus(left.high, high))
        case (Day() | Instant(), Amount()):
            return _moved(calendar, left, right, sign)
        case (Amount(), Amount()):
            pair = _measured(left, right)
            null = either(left.null, right.null)
            return NULL if pair is None else Amount(null, plus(pair[0], times(pair[1], sign)), right.unit)
    raise UntranslatedError(f"a sum of {type(left).__name__} and {type(right).__name__}")


def _moved(calendar: Calendar, moment: Day | Instant, amount: Amount, sign: int) -> Any:
    if not is_known(amount.value) or amount.null is not False:
        raise UntranslatedError("a date moved by what a record says")
    count, unit = sign * int(amount.value), _singular(amount.unit)
    if isinstance(moment, Instant):
        if unit in _HOURS or unit in _DAYS:
            return calendar.moved_instant(moment, count * _HOURS.get(unit, _DAYS.get(unit, 0) * 86_400_000))
        raise UntranslatedError(f"an instant moved by {unit}s")
    if unit in _DAYS:
        return calendar.moved_days(moment, count * _DAYS[unit])
    if unit in _MONTHS:
        return calendar.moved_months(moment, count * _MONTHS[unit])
    raise UntranslatedError(f"a date moved by {unit}s")


def _multiply(_: Calendar, given: list[Any], __: str | None) -> Any:
    left, right = given
    if isinstance(left, Null) or isinstance(right, Null):
        return NULL
    if isinstance(left, Amount) and isinstance(right, Amount) and "1" in (left.unit, right.unit):
        unit = right.unit if left.unit == "1" else left.unit
        if is_known(left.value) or is_known(right.value):
            return Amount(either(left.null, right.null), times(left.value, right.value), unit)
    raise UntranslatedError(f"a product of {type(left).__name__} and {type(right).__name__}")


def _abs(_: Calendar, given: list[Any], __: str | None) -> Any:
    value = given[0]
    match value:
        case Null():
            return NULL
        case Amount():
            return Amount(value.null, _size(value.value), value.unit)
        case Number() if value.low is value.high or (is_known(value.low) and value.low == value.high):
            return Number(value.null, _size(value.low), _size(value.low))
    raise UntranslatedError(f"the size of a {type(value).__name__}")


def _size(number: Count) -> Count:
    return choose(below(number, 0), times(number, -1), number)


# ---- dates ----


def _date_from(_: Calendar, given: list[Any], __: str | None) -> Any:
    return given[0] if isinstance(given[0], Null) else given[0].day


def _component(calendar: Calendar, given: list[Any], precision: str | None) -> Any:
    value = given[0]
    if isinstance(value, Null):
        return NULL
    day = value.day if isinstance(value, Instant) else value
    if day.is_in_doubt:
        return NULL
    match precision:
        case "hour" if isinstance(value, Instant):
            hour = remainder(quotient(value.first, 3_600_000), 24)
            return Number(either(value.null, no(value.has_hour)), hour, hour)
        case "day" | "month" | "year":
            number = calendar.components(day.first)[("year", "month", "day").index(precision)]
            lacks = {"day": no(day.has_day), "month": no(day.has_month), "year": False}[precision]
            return Number(either(day.null, lacks), number, number)
    raise UntranslatedError(f"{precision} from")


def _difference(_: Calendar, given: list[Any], precision: str | None) -> Any:
    left, right = given
    if isinstance(left, Null) or isinstance(right, Null):
        return NULL
    if precision != "day" or not isinstance(left, Day) or not isinstance(right, Day):
        raise UntranslatedError(f"difference in {precision}s")
    null = either(left.null, right.null)
    return Number(null, plus(right.first, times(left.last, -1)), plus(right.last, times(left.first, -1)))


def _duration(calendar: Calendar, given: list[Any], precision: str | None) -> Any:
    left, right = given
    if isinstance(left, Null) or isinstance(right, Null):
        return NULL
    if isinstance(left, Day) and isinstance(right, Day) and (left.is_in_doubt or right.is_in_doubt):
        return Number(either(left.null, right.null), -10_000, 10_000)
    if precision != "year" or not isinstance(left, Day) or not isinstance(right, Day):
        raise UntranslatedError(f"{precision}s between")
    return Number(either(left.null, right.null), *years_between(calendar, left, right))


# ---- lists ----


def _exists(_: Calendar, given: list[Any], __: str | None) -> Truth:
    value = given[0]
    if isinstance(value, Null):
        return NO
    found = [both(there, no(getattr(one, "null", False))) for there, one in value.items]
    return certain(False, both(no(value.null), either(*found)))


def _count(_: Calendar, given: list[Any], __: str | None) -> Any:
    value = given[0]
    if isinstance(value, Null):
        return Number(False, 0, 0)
    if value.is_set:
        raise UntranslatedError("Count of what return made distinct")
    total: Count = 0
    for there, one in value.items:
        total = plus(total, choose(both(there, no(value.null), no(getattr(one, "null", False))), 1, 0))
    return Number(False, total, total)


def _extreme(sign: int) -> Operator:
    def find(calendar: Calendar, given: list[Any], _: str | None) -> Any:
        value = given[0]
        if isinstance(value, Null):
            return NULL
        best: Any = NULL
        lost: Bit = False
        for there, one in value.items:
            here = NULL if isinstance(one, Null) else absent_where(no(both(there, no(value.null))), one)
            best, is_open = _better(calendar, best, here, sign)
            lost = either(lost, is_open)
        return best if isinstance(best, Null) else absent_where(lost, best)

    return find


def _better(calendar: Calendar, best: Any, one: Any, sign: int) -> tuple[Any, Bit]:
    """The lesser of two values, the greater where `sign` is positive; and whether which it is cannot be told."""
    if isinstance(one, Null) or isinstance(best, Null):
        return (best if isinstance(one, Null) else one), False
    left, right = (one, best) if sign < 0 else (best, one)
    is_before = negated(ordered(right, left))
    is_here, is_first = no(one.null), best.null
    is_open = both(is_here, no(is_first), either(is_before.null, ordered(left, right).null))
    return chosen(calendar, both(is_here, either(is_first, is_before.yes)), one, best), is_open


def _index_of(_: Calendar, given: list[Any], __: str | None) -> Any:
    words, word = given
    if isinstance(words, Null) or isinstance(word, Null):
        return NULL
    place: Count = -1
    for number in reversed(range(len(words.items))):
        there, one = words.items[number]
        if there is not True or one.null is not False:
            raise UntranslatedError("IndexOf in a list of the record")
        place = choose(same(one.code, word.code), number, place)
    return Number(either(words.null, word.null), place, place)


OPERATORS: Final[Mapping[str, Operator]] = {
    "And": _and,
    "Or": _or,
    "Implies": _implies,
    "Not": _not,
    "IsTrue": _is_true,
    "IsFalse": _is_false,
    "IsNull": _is_null,
    "LessOrEqual": _less_or_equal,
    "GreaterOrEqual": _greater_or_equal,
    "Less": _less,
    "Greater": _greater,
    "Equal": _equal,
    "NotEqual": _not_equal,
    "In": _in,
    "Add": _add,
    "Subtract": _subtract,
    "Multiply": _multiply,
    "Abs": _abs,
    "DateFrom": _date_from,
    "ComponentFrom": _component,
    "DifferenceBetween": _difference,
    "DurationBetween": _duration,
    "Exists": _exists,
    "Count": _count,
    "Min": _extreme(-1),
    "Max": _extreme(1),
    "IndexOf": _index_of,
}
