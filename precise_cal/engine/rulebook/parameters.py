"""Parameters as the rule language sees them: typed values, in the edition that holds on a given day."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeVar

from precise_cal.engine.cql.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INTEGER,
    QUANTITY,
    ListType,
    StringType,
    TupleType,
    Type,
)
from precise_cal.engine.cql.values import Tuple
from precise_cal.engine.rulebook.parameter_tables import row_id, single, table_of, table_problems
from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.report import ParameterStatus, UsedParameter
from precise_cal.protocol.temporal import Date
from precise_cal.protocol.units import UnitError, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.protocol_form import ParameterEntry, ParameterRow, ParameterValue
    from precise_cal.engine.rulebook.timeline import Key, Timeline
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile

Held = TypeVar("Held", "ParameterEntry", "ParameterRow")

CALENDAR: Final = {"hours": "hour", "days": "day", "weeks": "week", "months": "month", "years": "year"}


@dataclass(frozen=True, slots=True)
class Effective:
    """A parameter on a given day: its value, and what is known of it."""

    parameter: ParameterEntry
    entry: ParameterValue
    type: Type
    value: Any

    @property
    def used(self) -> UsedParameter:
        """The form in which reports name it."""
        status: ParameterStatus = self.entry.status
        return UsedParameter(self.parameter.id, display(self.parameter, self.entry), status)


def display(parameter: ParameterEntry, entry: ParameterValue) -> str:
    """A value for people: ``2.25 mm``, ``6 months``, ``RA, IVL, ELCA``."""
    value = entry.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value} {parameter.unit}" if parameter.unit else str(value)


def effective(parameters: Iterable[ParameterEntry], timeline: Timeline, key: Key) -> dict[str, Effective]:
    """The value of every parameter in an edition of the rules; before its first value, that one."""
    found = {}
    for parameter in single(parameters):
        entry = _entry(parameter, timeline, key)
        found[parameter.id] = Effective(parameter, entry, type_of(parameter), value_of(parameter, entry.value))
    return found


def _entry(parameter: ParameterEntry, timeline: Timeline, key: Key) -> ParameterValue:
    """Of the values that hold, the one that came last; where none does, the last that did, else the first to come."""
    values = sorted(parameter.values, key=lambda one: timeline.date_of(one.since))
    begun = [one for one in values if timeline.holds(key, one.since, None)]
    held = [one for one in begun if timeline.holds(key, one.since, one.until)]
    return [*values[:1], *begun, *held][-1]


def replaced(parameters: Iterable[ParameterEntry], values: Mapping[str, Any]) -> list[ParameterEntry]:
    """Parameters of which some hold other values than those that are written, on every day.

    Raises:
        KeyError: there is no such parameter.
        ValueError: a value does not fit its parameter's type.
    """
    known = {parameter.id: parameter for parameter in parameters}
    for name, value in values.items():
        owner = known.get(name) or table_of(known.values(), name)
        value_of(owner, value)
        rows = [_holding(row, value) if row_id(owner, row) == name else row for row in owner.rows]
        known[owner.id] = _holding(owner, value) if owner.id == name else owner.model_copy(update={"rows": rows})
    return list(known.values())


def differing(some: Mapping[str, Effective], others: Mapping[str, Effective]) -> frozenset[str]:
    """The ids of the parameters that hold other values in one edition than in another, or are known otherwise."""
    return frozenset(name for name, one in some.items() if name not in others or others[name].entry != one.entry)


def _holding(one: Held, value: Any) -> Held:
    """The same with another value, on every day."""
    return one.model_copy(update={"values": [one.values[0].model_copy(update={"value": value})]})


def as_tuples(parameters: dict[str, Effective]) -> dict[str, tuple[Type, Tuple]]:
    """Parameters by group: ``vessel_diameter.min`` is the element ``min`` of the tuple ``vessel_diameter``.

    A table is a tuple of its rows within that of its group.
    """
    groups: dict[str, dict[str, tuple[Type, Any]]] = {}
    tables: dict[tuple[str, str], dict[str, tuple[Type, Any]]] = {}
    for identifier, one in parameters.items():
        group, name, *row = identifier.split(".", 2)
        members = groups.setdefault(group, {})
        if row:
            members = tables.setdefault((group, name), {})
        members[row[0] if row else name] = one.type, one.value
    for (group, name), rows in tables.items():
        groups[group][name] = _tuple(rows)
    return {group: _tuple(members) for group, members in groups.items()}


def _tuple(members: Mapping[str, tuple[Type, Any]]) -> tuple[Type, Tuple]:
    kinds = TupleType.of({name: kind for name, (kind, _) in members.items()})
    return kinds, Tuple({name: value for name, (_, value) in members.items()})


def type_of(parameter: ParameterEntry) -> Type:
    """The type of a parameter in the rule language."""
    word = StringType(allowed=frozenset(parameter.words) or None)
    kinds: dict[str, Type] = {
        "integer": INTEGER,
        "decimal": DECIMAL,
        "quantity": QUANTITY,
        "duration": QUANTITY,
        "boolean": BOOLEAN,
        "date": DATE,
        "word": word,
        "words": ListType(word),
    }
    return kinds[parameter.type]


def value_of(parameter: ParameterEntry, value: Any) -> Any:
    """A value as the rule language holds it. Raises: ValueError, if it does not fit the parameter's type."""
    kind = parameter.type
    if kind == "boolean":
        return _instance(value, bool, "true or false")
    if kind == "integer":
        return _instance(value, int, "a whole number")
    if kind == "word":
        return _word(parameter, value)
    if kind == "words":
        return tuple(_word(parameter, word) for word in _instance(value, list, "a list of words"))
    if kind == "date":
        return Date.parse(_instance(value, str, 'a date in quotes, such as "2026-02-01"'))
    number = _decimal(value)
    if kind == "decimal":
        return number
    if kind == "duration" and number != number.to_integral_value():
        text = "{ $value } should be a whole number of { $unit }, or stand in a smaller unit"
        raise ValueError(message(text, value=f"{value!r}", unit=Verbatim(parameter.unit)))
    return Quantity(number, CALENDAR[parameter.unit or ""] if kind == "duration" else parameter.unit)


def problems(parameters: Iterable[ParameterEntry], source: YamlFile) -> list[tuple[Place | None, str]]:
    """What is wrong with parameters beyond the form of their entries."""
    found: list[tuple[Place | None, str]] = []
    seen: set[str] = set()
    for index, parameter in enumerate(parameters):
        here = ("parameters", index)
        if parameter.id in seen:
            found.append(
                (source.place((*here, "id")), message("the parameter { $id } stands twice", id=Verbatim(parameter.id)))
            )
        seen.add(parameter.id)
        if parameter.id.count(".") != 1:
            found.append(
                (
                    source.place((*here, "id")),
                    message("{ $id }: a parameter is named group.name", id=Verbatim(parameter.id)),
                )
            )
        if (text := _unit_problem(parameter)) is not None:
            found.append((source.place((*here, "unit")), text))
            continue
        found += [(source.place((*here, *where)), text) for where, text in table_problems(parameter)]
        found += _value_problems(parameter, parameter.values, source, (*here, "values"))
        for at, row in enumerate(parameter.rows):
            found += _value_problems(parameter, row.values, source, (*here, "rows", at, "values"))
    return found


def _value_problems(
    parameter: ParameterEntry, values: Iterable[ParameterValue], source: YamlFile, here: Location
) -> Iterator[tuple[Place | None, str]]:
    begun = set()
    for number, entry in enumerate(values):
        if (text := _value_problem(parameter, entry)) is not None:
            yield source.place((*here, number)), text
        if entry.since in begun:
            text = "{ $id }: another value begins with { $since } too; only one can hold"
            there = source.place((*here, number, "since"))
            yield there, message(text, id=Verbatim(parameter.id), since=Verbatim(entry.since))
        begun.add(entry.since)


def _unit_problem(parameter: ParameterEntry) -> str | None:
    if parameter.type == "duration":
        return (
            None
            if parameter.unit in CALENDAR
            else message(
                "{ $id }: the unit should be one of { $calendar }",
                id=Verbatim(parameter.id),
                calendar=Verbatim(", ".join(CALENDAR)),
            )
        )
    if parameter.type != "quantity":
        return (
            message("{ $id }: only a quantity or a duration has a unit", id=Verbatim(parameter.id))
            if parameter.unit
            else None
        )
    if parameter.unit is None:
        return message("{ $id }: a quantity needs a UCUM unit", id=Verbatim(parameter.id))
    try:
        parse_unit(parameter.unit)
    except UnitError as error:
        return placed(parameter.id, words_of(error))
    return None


def _value_problem(parameter: ParameterEntry, entry: ParameterValue) -> str | None:
    needed = {"registry": "quote", "assumed": "why", "confirmed": "confirmed"}[entry.status]
    if getattr(entry, needed) is None:
        return message(
            "{ $id }: a value with status { $status } needs the key { $needed }",
            id=Verbatim(parameter.id),
            status=Verbatim(entry.status),
            needed=Verbatim(needed),
        )
    try:
        value_of(parameter, entry.value)
    except ValueError as error:
        return placed(parameter.id, words_of(error))
    return None


def _instance(value: Any, kind: type, name: str) -> Any:
    if type(value) is not kind:
        raise ValueError(message("{ $value } should be { $name }", value=f"{value!r}", name=Verbatim(name)))
    return value


def _decimal(value: Any) -> Decimal:
    try:
        return (
            Decimal(value)
            if isinstance(value, str)
            else Decimal(_instance(value, int, 'a number in quotes, such as "2.25"'))
        )
    except InvalidOperation:
        raise ValueError(
            message('{ $value } should be a number in quotes, such as "2.25"', value=f"{value!r}")
        ) from None


def _word(parameter: ParameterEntry, value: Any) -> str:
    if parameter.words and value not in parameter.words:
        raise ValueError(
            message(
                "{ $value } should be one of { $words }", value=f"{value!r}", words=Verbatim(", ".join(parameter.words))
            )
        )
    return str(_instance(value, str, "a word"))
