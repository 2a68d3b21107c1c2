"""The values of a participant as one record, with the origin of each; what contradicts itself is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from precise_cal.exchange.cells import Place, Refusal
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.pointer import pointer_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.exchange.plan import Plan
    from precise_cal.exchange.spool import Stored
    from precise_cal.protocol.from_json import RecordReader

_VERSION = "schema_version"


class Origin(NamedTuple):
    """Where a value of a record comes from, or why there is none."""

    pointer: str
    place: Place
    raw: str
    reason: str | None


@dataclass(slots=True)
class Assembled:
    """A record with what was refused of it."""

    document: dict[str, Any]
    origins: list[Origin]
    refusals: list[Refusal] = field(default_factory=list)
    is_valid: bool = True


@dataclass(slots=True)
class _Item:
    """An item of a list, or the record itself."""

    parent: str
    document: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Stored] = field(default_factory=dict)


def assemble(plan: Plan, reader: RecordReader, identifier: str, values: Iterable[Stored]) -> Assembled:
    """The record of a participant.

    Args:
        plan: of the map.
        reader: of the trial's records, which says what no record may hold.
        identifier: of the participant.
        values: in the order in which they were read.
    """
    refusals: list[Refusal] = []
    root = _Item("")
    lists: dict[tuple[str, ...], dict[str, _Item]] = {one.into: {} for one in plan.tables if one.into}
    for one in values:
        into = tuple(one.into.split(".")) if one.into else ()
        if one.takes_back:
            lists[into].pop(one.item, None)
            continue
        item = lists[into].setdefault(one.item, _Item(one.parent)) if into else root
        refusal = _put(item, one)
        if refusal is not None:
            refusals.append(refusal)
    document = _stated(plan, identifier)
    _merge(document, root.document)
    origins = list(_origins(root, ()))
    for table in sorted({(one.outer, one.into) for one in plan.tables if one.into}):
        origins += _place_list(document, lists, root, *table, refusals)
    return _checked(document, origins, refusals, reader)


def _put(item: _Item, value: Stored) -> Refusal | None:
    before = item.given.get(value.path)
    if before is None:
        item.given[value.path] = value
        if value.reason is None:
            _set(item.document, value.path.split("."), value.value)
        return None
    if (before.value, type(before.value), before.reason) == (value.value, type(value.value), value.reason):
        return None
    first = _place_of(before)
    there = (
        message("{ $first } has { $text }", first=first[0].words, text=_text(before))
        if first
        else message("the map states { $text }", text=before.text)
    )
    here = _place_of(value)
    if here is None:
        return (
            None
            if first is None
            else Refusal(first[0], f'"{first[1]}"', message("is not what the map states, { $text }", text=value.text))
        )
    return Refusal(
        here[0],
        f'"{here[1]}"',
        message("gives { $path } another value: { $there }", path=Verbatim(value.path), there=there),
    )


def _text(value: Stored) -> str:
    return value.reason or value.text


def _place_of(value: Stored) -> tuple[Place, str] | None:
    origin = value.origin
    return None if origin is None else (Place(*origin[:4]), origin[4])


def _set(document: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


def _merge(document: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        if isinstance(value, dict) and isinstance(document.get(name), dict):
            _merge(document[name], value)
        else:
            document[name] = value


def _stated(plan: Plan, identifier: str) -> dict[str, Any]:
    """What the map states of every record."""
    versions = plan.schema.versions
    document: dict[str, Any] = {_VERSION: versions[-1]} if versions else {}
    for name, value in plan.form.record.items():
        _set(document, name.split("."), value)
    document[plan.subject] = identifier
    return document


def _place_list(
    document: dict[str, Any],
    lists: dict[tuple[str, ...], dict[str, _Item]],
    root: _Item,
    outer: tuple[str, ...],
    into: tuple[str, ...],
    refusals: list[Refusal],
) -> Iterator[Origin]:
    """Put the items of a list in their places."""
    parents = list(lists.get(outer, {})) if outer else []
    counts: dict[str, int] = {}
    for item in lists[into].values():
        if outer and item.parent not in parents:
            named = _place_of(next(iter(item.given.values())))
            if named is not None:
                text = message(
                    "belongs to { $named }, which no row of { $outer } names",
                    named=Verbatim(_named(item.parent)),
                    outer=".".join(outer),
                )
                refusals.append(Refusal(named[0], f'"{named[1]}"', text))
            continue
        place: tuple[str | int, ...] = into
        holder = document
        if outer:
            index = parents.index(item.parent)
            holder = _at(document, outer)[index]
            place = (*outer, index, *into[len(outer) :])
        items = _at(holder, into[len(outer) :])
        denied = _denied(root if not outer else lists[outer][item.parent], into[len(outer) :])
        if denied is not None:
            named = _place_of(next(iter(item.given.values())))
            assert named is not None
            refusals.append(
                Refusal(
                    named[0],
                    f'"{named[1]}"',
                    message("is an item of a list that { $denied } says is empty", denied=denied),
                )
            )
            continue
        number = counts[item.parent] = counts.get(item.parent, -1) + 1
        items.append(item.document)
        yield from _origins(item, (*place, number))


def _denied(holder: _Item, path: tuple[str, ...]) -> Place | None:
    """The cell that says that a list is empty."""
    said = holder.given.get(".".join(path))
    place = None if said is None or said.value != [] else _place_of(said)
    return place[0] if place else None


def _named(parent: str) -> str:
    return ", ".join(f"{name} {value}" for name, value in json.loads(parent or "[]"))


def _at(holder: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
    for name in path[:-1]:
        holder = holder.setdefault(name, {})
    found: list[Any] = holder.setdefault(path[-1], [])
    return found


def _origins(item: _Item, place: tuple[str | int, ...]) -> Iterator[Origin]:
    for path, value in item.given.items():
        origin = _place_of(value)
        if origin is not None:
            yield Origin(pointer_of((*place, *path.split("."))), *origin, value.reason)


def _checked(
    document: dict[str, Any], origins: list[Origin], refusals: list[Refusal], reader: RecordReader
) -> Assembled:
    found = Assembled(document, origins, refusals)
    try:
        reader.record(document)
    except RecordError as error:
        found.is_valid = False
        by_pointer = {one.pointer: one for one in origins}
        for problem in error.problems:
            pointer = problem.pointer
            while pointer and pointer not in by_pointer:
                pointer = pointer.rpartition("/")[0]
            origin = by_pointer.get(pointer)
            place = origin.place if origin else Place("the map", "", 0, problem.pointer)
            shown = f'"{origin.raw}"' if origin else (problem.value or "")
            refusals.append(Refusal(place, shown, message("as { $problem }", problem=problem.words)))
    return found
