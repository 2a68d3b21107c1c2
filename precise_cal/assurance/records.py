"""Records for the translation: one that is given, or one that is sought, of which Z3 finds the values."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import z3

from precise_cal.assurance.days import DAY, Calendar, Instant, is_day
from precise_cal.assurance.logic import both, choose, no, plus, times
from precise_cal.assurance.symbols import NULL, Amount, Listed, Number, Text, Truth, UntranslatedError, Whole
from precise_cal.engine.cql.types import ClassType, ListType
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.schema.tree import ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.assurance.translate import Translator, Words
    from precise_cal.engine.cql.types import Type
    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

ITEMS = 2
"""How many items a list has at most that is sought."""


def given(translator: Translator, value: Any, kind: Type) -> Any:
    """A recorded value in the translation, itself known."""
    if value is None:
        return NULL
    if isinstance(kind, ClassType):

        def read(name: str) -> Any:
            element = kind.elements[name]
            return given(translator, element.read(value), element.type)

        return Whole(False, _once(read))
    if isinstance(kind, ListType):
        return Listed(False, tuple((True, given(translator, one, kind.element)) for one in value))
    return translator.constant(value)


def _once(read: Callable[[str], Any]) -> Callable[[str], Any]:
    known: dict[str, Any] = {}

    def kept(name: str) -> Any:
        if name not in known:
            known[name] = read(name)
        return known[name]

    return kept


@immutable()
class Bounds:
    """Within what a record is sought.

    Attributes:
        items: how many items a list has at most.
        years: the first and the last year of its days, but for those of birth.
    """

    items: int = ITEMS
    years: tuple[int, int] = (1930, 2035)


class Sought:
    """A record of which Z3 finds the values: a field is a variable when a rule reads it.

    What a record may not hold is kept as assumptions: ranges, closed vocabularies, days that there are.
    """

    def __init__(self, schema: RecordSchema, calendar: Calendar, words: Words, bounds: Bounds) -> None:
        self.assumed: list[Any] = []
        self._schema = schema
        self._calendar = calendar
        self._words = words
        self._bounds = bounds
        self._writers: list[Callable[[z3.ModelRef], None]] = []
        self._fields: dict[tuple[Any, ...], Any] = {}
        self._values: dict[tuple[Any, ...], Callable[[z3.ModelRef], Any]] = {}
        self.root = self._part(schema.root, (), False)

    # ---- variables ----

    def _name(self, path: tuple[Any, ...], what: str = "") -> str:
        return "/".join(map(str, path)) + (f"#{what}" if what else "")

    def _bit(self, path: tuple[Any, ...], what: str) -> Any:
        return z3.Bool(self._name(path, what))

    def _part(self, part: PartSchema, path: tuple[Any, ...], null: Any) -> Whole:
        def read(name: str) -> Any:
            if name not in part.by_name:
                return self._measured(part, path)
            field = part.by_name[name]
            return self._field(field, (*path, name))

        return Whole(null, _once(read))

    def _measured(self, part: PartSchema, path: tuple[Any, ...]) -> Any:
        """The value and unit of a part together."""
        value, unit = part.amount or ("value", "unit")
        kind = part.measured or QuantityKind("", "")
        null, number = self._bit(path, "no quantity"), z3.Real(self._name(path, "value"))
        self._range(number, kind)
        name = kind.like or "1"
        self._values[(*path, value)] = lambda model: _decimal(model, null, number)
        self._values[(*path, unit)] = lambda model: None if _holds(model, null) else name
        return Amount(null, number, name)

    def _range(self, number: Any, kind: QuantityKind | Scalar) -> None:
        if kind.low is not None:
            self.assumed.append(number >= z3.RealVal(str(kind.low)))
        if kind.high is not None:
            self.assumed.append(number <= z3.RealVal(str(kind.high)))
        if isinstance(kind, QuantityKind) and kind.positive:
            self.assumed.append(number > 0)

    def _field(self, field: FieldSchema, path: tuple[Any, ...]) -> Any:
        if path not in self._fields:
            self._fields[path] = self._of_type(field.type, path, field.required or field.known)
        return self._fields[path]

    def _of_type(self, kind: FieldType, path: tuple[Any, ...], always: bool) -> Any:
        null = False if always else self._bit(path, "null")
        match kind:
            case PartSchema():
                self._values[path] = lambda model: None if _holds(model, null) else {}
                return self._part(kind, path, null)
            case ListOf():
                return self._list(kind, path, null)
            case QuantityKind():
                number = z3.Real(self._name(path))
                self._range(number, kind)
                unit = kind.like or "1"
                self._values[path] = lambda model: (
                    None if _holds(model, null) else {"value": _decimal(model, False, number), "unit": unit}
                )
                return Amount(null, number, unit)
        return self._scalar(kind, path, null)

    def _list(self, kind: ListOf, path: tuple[Any, ...], null: Any) -> Listed:
        there: list[Any] = []
        items = []
        for place in range(self._bounds.items):
            is_there = self._bit((*path, place), "there")
            if there:
                self.assumed.append(z3.Implies(is_there, there[-1]))
            there.append(is_there)
            items.append((is_there, self._of_type(kind.item, (*path, place), True)))
        self._values[path] = lambda model: None if _holds(model, null) else [one for one in there if _holds(model, one)]
        return Listed(null, tuple(items))

    def _scalar(self, kind: Scalar, path: tuple[Any, ...], null: Any) -> Any:
        match kind.kind:
            case "boolean":
                bit = z3.Bool(self._name(path))
                self._values[path] = lambda model: None if _holds(model, null) else _holds(model, bit)
                return Truth(both(no(null), bit), both(no(null), no(bit)))
            case "integer" | "decimal":
                number = z3.Int(self._name(path)) if kind.kind == "integer" else z3.Real(self._name(path))
                self._range(number, kind)
                self._values[path] = lambda model: _decimal(model, null, number)
                return Number(null, number, number)
            case "words" | "text" | "identifier" | "unit":
                return self._text(kind, path, null)
            case "date":
                return self._day(path, null)
        return self._instant(path, null)

    def _text(self, kind: Scalar, path: tuple[Any, ...], null: Any) -> Text:
        code = z3.Int(self._name(path))
        if kind.words:
            self.assumed.append(z3.Or(*[code == self._words.code(word) for word in kind.words]))
        else:
            self.assumed.append(code >= 0)
        self._values[path] = lambda model: None if _holds(model, null) else self._words.word(_whole(model, code))
        return Text(null, code)

    def _day(self, path: tuple[Any, ...], null: Any) -> Any:
        year, month, day = (z3.Int(self._name(path, name)) for name in ("year", "month", "day"))
        has_month, has_day = self._bit(path, "has month"), self._bit(path, "has day")
        first, last = self._bounds.years
        self.assumed += [is_day(year, month, day), z3.Implies(has_day, has_month), year >= first, year <= last]

        def text(model: z3.ModelRef) -> str | None:
            if _holds(model, null):
                return None
            parts = [f"{_whole(model, year):04}"]
            parts += [f"{_whole(model, month):02}"] if _holds(model, has_month) else []
            return "-".join([*parts, *([f"{_whole(model, day):02}"] if _holds(model, has_day) else [])])

        self._values[path] = text
        return self._calendar.stated(null, year, month, day, has_month, has_day)

    def _instant(self, path: tuple[Any, ...], null: Any) -> Instant:
        """To the minute where it has a time; else a date, complete or not."""
        day = self._day(path, null)
        of_day = self._values[path]
        has_hour, minute = self._bit(path, "has hour"), z3.Int(self._name(path, "minute"))
        self.assumed += [minute >= 0, minute < 24 * 60, z3.Implies(has_hour, self._bit(path, "has day"))]

        def text(model: z3.ModelRef) -> str | None:
            date: str | None = of_day(model)
            if date is None or not _holds(model, has_hour):
                return date
            hours, minutes = divmod(_whole(model, minute), 60)
            return f"{date}T{hours:02}:{minutes:02}:00{self._offset}"

        self._values[path] = text
        point = plus(times(day.first, DAY), minute * 60_000)
        last = plus(times(day.last, DAY), DAY - 1)
        return Instant(day, has_hour, choose(has_hour, point, times(day.first, DAY)), choose(has_hour, point, last))

    _offset = "+00:00"

    def at(self, offset_minutes: int) -> None:
        """Write instants at this offset from UTC."""
        sign, minutes = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
        self._offset = f"{sign}{minutes // 60:02}:{minutes % 60:02}"

    # ---- the record that was found ----

    def document(self, model: z3.ModelRef) -> dict[str, Any]:
        """The record of a model, with what every record must hold; what no rule asked for is left out."""
        return self._document(self._schema.root, (), model)

    def _document(self, part: PartSchema, path: tuple[Any, ...], model: z3.ModelRef) -> dict[str, Any]:
        found = {}
        for field in part.fields:
            here = (*path, field.name)
            value = self._written(field.type, here, model)
            if value is None and field.required:
                value = _filler(field, path)
            if value is not None:
                found[field.name] = value
        for name in ("value", "unit"):
            if (*path, name) in self._values and name not in found and self._values[(*path, name)](model) is not None:
                found[name] = self._values[(*path, name)](model)
        return found

    def _written(self, kind: FieldType, path: tuple[Any, ...], model: z3.ModelRef) -> Any:
        maker = self._values.get(path)
        if isinstance(kind, ListOf) and maker is not None:
            there = maker(model)
            return None if there is None else [self._item(kind, (*path, n), model) for n in range(len(there))]
        if isinstance(kind, PartSchema):
            if maker is not None and maker(model) is None:
                return None
            inner = self._document(kind, path, model) if self._is_touched(path) else {}
            return inner if inner or (maker is not None and maker(model) is not None) else None
        return None if maker is None else maker(model)

    def _item(self, kind: ListOf, path: tuple[Any, ...], model: z3.ModelRef) -> Any:
        if isinstance(kind.item, PartSchema):
            return self._document(kind.item, path, model)
        return self._written(kind.item, path, model)

    def _is_touched(self, path: tuple[Any, ...]) -> bool:
        return any(one[: len(path)] == path for one in self._values)


def _filler(field: FieldSchema, path: tuple[Any, ...]) -> Any:
    """A value of a field that every record must have and no rule reads."""
    kind = field.type
    if isinstance(kind, Scalar):
        if kind.words:
            return kind.words[0]
        if kind.kind in ("identifier", "text"):
            return "P-1" if not path else f"X{path[-1]}"
    raise UntranslatedError(f"a record without {field.name}")


def _holds(model: z3.ModelRef, bit: Any) -> bool:
    return bit if isinstance(bit, bool) else z3.is_true(model.eval(bit, model_completion=True))


def _whole(model: z3.ModelRef, number: Any) -> int:
    found: int = model.eval(number, model_completion=True).as_long()
    return found


def _decimal(model: z3.ModelRef, null: Any, number: Any) -> Any:
    """A number as JSON has it: whole, or the text of a decimal."""
    if _holds(model, null):
        return None
    found = model.eval(number, model_completion=True)
    if z3.is_int_value(found):
        return found.as_long()
    value = Fraction(found.numerator_as_long(), found.denominator_as_long())
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):.12f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
