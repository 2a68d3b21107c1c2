"""Random records of any trial: its cases, changed in many places at once to values that other cases have there."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from precise_cal.protocol.schema.tree import ListOf, PartSchema, QuantityKind, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.protocol.schema.tree import FieldSchema, FieldType, RecordSchema

_DATES = ("2026-03-10", "2026-03-11", "2026-03", "2026", "2028-02-29", "1956-05", "2008-03-10", "2027")
_INSTANTS = (*_DATES, "2026-03-10T10:02:00+08:00", "2026-03-10T02:02:00Z", "2026-03-09T21:02:00-05:00")


def varied(
    schema: RecordSchema, documents: Iterable[dict[str, Any]], seed: int, count: int
) -> Iterator[dict[str, Any]]:
    """So many records, as JSON data; the same seed gives the same ones."""
    bases = list(documents)
    pools: dict[tuple[str, ...], list[Any]] = defaultdict(list)
    for one in bases:
        _gather(schema.root, one, (), pools)
    change = _Change(random.Random(seed), pools)
    for _ in range(count):
        document = copy.deepcopy(change.chance.choice(bases))
        change.part(schema.root, document, (), change.chance.choice((0.02, 0.05, 0.1, 0.3)))
        yield document


def _gather(kind: FieldType, value: Any, path: tuple[str, ...], pools: dict[tuple[str, ...], list[Any]]) -> None:
    """The values of each field of a record, by its names."""
    if isinstance(kind, PartSchema) and isinstance(value, dict):
        for field in kind.fields:
            _gather(field.type, value.get(field.name), (*path, field.name), pools)
    elif isinstance(kind, ListOf) and isinstance(value, list):
        for one in value:
            _gather(kind.item, one, path, pools)
            if isinstance(kind.item, PartSchema):
                pools[(*path, "item")].append(one)
    elif value is not None and value not in pools[path]:
        pools[path].append(value)


class _Change:
    def __init__(self, chance: random.Random, pools: dict[tuple[str, ...], list[Any]]) -> None:
        self.chance = chance
        self._pools = pools

    def part(self, part: PartSchema, document: dict[str, Any], path: tuple[str, ...], often: float) -> None:
        for field in part.fields:
            if not field.required and field.type.kind != "identifier":
                self._field(field, document, (*path, field.name), often)

    def _field(self, field: FieldSchema, document: dict[str, Any], path: tuple[str, ...], often: float) -> None:
        value = document.get(field.name)
        match field.type:
            case PartSchema() as part:
                if isinstance(value, dict):
                    self.part(part, value, path, often)
                elif self._pools[path] and self.chance.random() < often / 4:
                    document[field.name] = copy.deepcopy(self.chance.choice(self._pools[path]))
            case ListOf() as kind:
                document[field.name] = self._list(kind, value, path, often)
            case kind if self.chance.random() < often:
                document[field.name] = self._value(kind, path)

    def _list(self, kind: ListOf, value: Any, path: tuple[str, ...], often: float) -> Any:
        if self.chance.random() < often / 4:
            return self.chance.choice((None, []))
        items = list(value) if isinstance(value, list) else []
        known = self._pools[(*path, "item")]
        if known and len(items) < 4 and self.chance.random() < often:
            items.append(copy.deepcopy(self.chance.choice(known)))
        if isinstance(kind.item, PartSchema):
            for one in items:
                self.part(kind.item, one, path, often)
        return items or value

    def _value(self, kind: Scalar | QuantityKind, path: tuple[str, ...]) -> Any:
        if self.chance.random() < 0.3:
            return None
        known = self._pools[path]
        match kind:
            case Scalar(kind="boolean"):
                return self.chance.random() < 0.5
            case Scalar(kind="words", words=words):
                return self.chance.choice(words)
            case Scalar(kind="date"):
                known = [*known, *_DATES]
            case Scalar(kind="instant"):
                known = [*known, *_INSTANTS]
        return copy.deepcopy(self.chance.choice(known)) if known else None
