"""What a rule looks at: the fields of the record, and the values that it holds them against.

A rulebook from the cache has no trees, and keeps this as one text, which nobody reads who does not ask for it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.cql.compile import compile_definition
from precise_cal.engine.cql.reads import Reads
from precise_cal.engine.cql.values import Interval, Tuple
from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.schema.tree import QUANTITY, ListOf, PartSchema, QuantityKind, Scalar
from precise_cal.protocol.temporal import Date, DateTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Path = tuple[str, ...]

_DAYS: Final = frozenset({"day", "days", "d"})
_YEARS: Final = frozenset({"year", "years"})
_MOST_YEARS: Final = 200
"""So old is nobody: a greater number counts no years."""


@immutable()
class Looked:
    """What a rule looks at.

    Attributes:
        fields: the fields of the record, by the names that lead to them, positions in lists left out.
        parts: the parts and lists of which it reads no more than whether they are there.
        texts: the words that it names.
        numbers: the numbers without a unit.
        quantities: those with one.
        shifts: numbers of days.
        years: numbers that completed years may be held against.
        days: days, as ISO 8601 writes them.
    """

    fields: frozenset[Path]
    parts: frozenset[Path]
    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]
    quantities: tuple[tuple[Decimal, str], ...]
    shifts: tuple[int, ...]
    years: tuple[int, ...]
    days: tuple[str, ...]


def looked_of(book: Rulebook, name: str) -> Looked:
    """What a rule looks at, in every edition, since any may judge."""
    if not book.looked:
        return _looked(book, name)
    one = _read(book.looked)[name]
    return Looked(
        frozenset(map(tuple, one["fields"])),
        frozenset(map(tuple, one["parts"])),
        tuple(one["texts"]),
        tuple(map(Decimal, one["numbers"])),
        tuple((Decimal(value), unit) for value, unit in one["quantities"]),
        tuple(one["shifts"]),
        tuple(one["years"]),
        tuple(one["days"]),
    )


@lru_cache(maxsize=4)
def _read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def looked_text(book: Rulebook) -> str:
    """What every rule looks at, as the text that `looked_of` reads."""
    return json.dumps({name: _members(_looked(book, name)) for name in book.rules}, ensure_ascii=False)


def _members(one: Looked) -> dict[str, Any]:
    return {
        "fields": sorted(one.fields),
        "parts": sorted(one.parts),
        "texts": one.texts,
        "numbers": [str(number) for number in one.numbers],
        "quantities": [(str(value), unit) for value, unit in one.quantities],
        "shifts": one.shifts,
        "years": one.years,
        "days": one.days,
    }


def _looked(book: Rulebook, name: str) -> Looked:
    rules = [one.by_id[name] for one in editions_of(book) if name in one.by_id]
    read = _joined(map(reads_of, rules))
    fields = frozenset(_fields(book, read))
    nodes = [node for rule in rules for node in _nodes(rule)]
    constants = [value for node in nodes if isinstance(node, tree.Constant) for value in _flat(node.value)]
    quantities = {(one.value, one.unit or "1") for one in constants if isinstance(one, Quantity)}
    shifts = {int(value) for value, unit in quantities if unit in _DAYS}
    shifts |= {one for one in constants if type(one) is int and 0 < one < 1000}
    counts_years = any(isinstance(node, tree.Call) and node.precision in _YEARS for node in nodes)
    years = {one for one in constants if type(one) is int and 0 < one < _MOST_YEARS} if counts_years else ()
    numbers = {Decimal(one) for one in constants if isinstance(one, int | Decimal) and not isinstance(one, bool)}
    days = {str(one)[:10] for one in constants if isinstance(one, Date | DateTime)}
    texts = dict.fromkeys(str(one) for one in constants if isinstance(one, str))
    return Looked(
        fields,
        read.ends - fields,
        tuple(texts),
        tuple(sorted(numbers)),
        tuple(sorted(quantities)),
        tuple(sorted(shifts)),
        tuple(sorted(years)),
        tuple(sorted(days)),
    )


def _joined(several: Iterable[Reads]) -> Reads:
    known = list(several)
    parts = (frozenset().union(*(getattr(one, name) for one in known)) for name in ("paths", "whole", "compared"))
    return Reads(*parts)


def _fields(book: Rulebook, read: Reads) -> Iterator[Path]:
    cutoff = book.schema.role_path("cutoff")
    for names in _leaves(book.schema.root, ()):
        if names != cutoff and (read.touches(names) or (names[:-1] and read.touches((*names[:-1], QUANTITY)))):
            yield names


def _leaves(part: PartSchema, names: Path) -> Iterator[Path]:
    for field in part.fields:
        here = (*names, field.name)
        kind = field.type.item if isinstance(field.type, ListOf) else field.type
        if isinstance(kind, PartSchema):
            yield from _leaves(kind, here)
        elif isinstance(kind, Scalar | QuantityKind):
            yield here


def _nodes(rule: ExecutableRule) -> Iterator[tree.Tree]:
    """Every node of a rule's conditions, those of its definitions and functions with it."""
    entered: set[str] = set()
    for compiled in rule.conditions.values():
        yield from _within(compiled.environment, compiled.tree, entered)


def _within(environment: Environment, node: tree.Tree, entered: set[str]) -> Iterator[tree.Tree]:
    for one in tree.nodes(node):
        yield one
        if isinstance(one, tree.Definition) and one.name not in entered:
            entered.add(one.name)
            yield from _within(environment, compile_definition(environment, one.name).tree, entered)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        yield from (inner for one in value for inner in _flat(one))
    elif isinstance(value, Interval):
        yield from (value.low, value.high)
    elif isinstance(value, Tuple):
        yield from (inner for one in value.elements.values() for inner in _flat(one))
    else:
        yield value
