"""The table of chronology: moments of the record, and the pairs of them that must not be reversed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import ChronologyEntry
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.schema.tree import PartSchema, RecordSchema

    Problems = list[tuple[Place | None, str]]

Side = Literal["earlier", "later"]


@immutable()
class Moment:
    """A date or instant of the record; through a list, one for each item.

    Attributes:
        name: its name in sentences.
        path: the fields that lead to it.
        attributes: the same, as attributes of the typed model.
        where: of fields beside it, the words that make it this moment.
        is_cutoff: whether it is the record's instant of evaluation, which is left out of account where one is given.
    """

    name: str
    path: tuple[str, ...]
    attributes: tuple[str, ...]
    where: tuple[tuple[str, frozenset[str]], ...]
    is_cutoff: bool = False


@immutable()
class Pair:
    """Two moments that must not be reversed, by their places.

    Attributes:
        same_item: whether they are compared within one item of a list, and not each with each.
        wrong: which one is in doubt where they are reversed, whatever else is.
        at_par: which one is in doubt where neither contradicts more than the other; both without it.
    """

    earlier: int
    later: int
    same_item: bool
    wrong: Side | None
    at_par: Side | None


@immutable()
class Chronology:
    """The table: what follows from a reversed pair, moments, and pairs in order of their weight."""

    rule: str
    finding: str
    moments: tuple[Moment, ...]
    pairs: tuple[Pair, ...]


NONE: Final = Chronology("", "", (), ())


def chronology_of(loaded: Loaded) -> Chronology:
    """The table of the loaded files; an empty one where they have none.

    Raises:
        RuleFileError: a path leads to no date, a word or the id of a moment is unknown; all is told at once.
    """
    found = [(file.chronology, source) for file, source in loaded.rules if file.chronology is not None]
    problems: Problems = [
        (source.place(("chronology",)), "stands in another file too: there is one table of chronology")
        for _, source in found[1:]
    ]
    table = _table(*found[0], loaded.schema, problems) if found else NONE
    if problems:
        raise RuleFileError(problems)
    return table


def _table(entry: ChronologyEntry, source: YamlFile, schema: RecordSchema, problems: Problems) -> Chronology:
    places: dict[str, int] = {}
    moments = []
    for index, one in enumerate(entry.moments):
        here: Location = ("chronology", "moments", index)
        if one.id in places:
            problems.append((source.place(here), message("the moment { $id } stands twice", id=Verbatim(one.id))))
        places[one.id] = index
        problems.extend((source.place(here), text) for text in path_problems(one.at, one.where, schema))
        where = tuple(
            (name, frozenset([words] if isinstance(words, str) else words)) for name, words in one.where.items()
        )
        path = tuple(one.at.split("."))
        attributes = tuple(step.attribute for step in schema.root.along(path))
        moments.append(Moment(one.name, path, attributes, where, path == schema.role_path("cutoff")))
    pairs = []
    for index, order in enumerate(entry.order):
        here = ("chronology", "order", index)
        for name in (*order.earlier, *order.later):
            if name not in places:
                problems.append(
                    (
                        source.place(here),
                        message('"{ $name }" is no moment{ $hint }', name=name, hint=hint(name, places)),
                    )
                )
        pairs += [
            _pair(places[before], places[after], moments, order.wrong, order.at_par)
            for before in order.earlier
            for after in order.later
            if before in places and after in places
        ]
    problems += [(source.place(("chronology", "order", index)), text) for index, text in _circles(entry)]
    return Chronology(entry.rule, entry.finding, tuple(moments), tuple(pairs))


def _circles(entry: ChronologyEntry) -> Iterator[tuple[int, str]]:
    """The orders that close a circle with others before; two moments that are to be the same stand in one order."""
    later: dict[str, dict[str, None]] = {}
    for index, order in enumerate(entry.order):
        for before in order.earlier:
            for after in order.later:
                way = _way(later, after, before)
                if way is not None and before != after:
                    circle = Verbatim(" < ".join((before, *way)))
                    yield index, message("a circle: { $circle }; which of these orders is right?", circle=circle)
        for before in order.earlier:
            later.setdefault(before, {}).update(dict.fromkeys(order.later))


def _way(later: Mapping[str, Mapping[str, None]], start: str, end: str) -> tuple[str, ...] | None:
    """The moments from one to a later one, both included; None where the order leads to no such way."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    while waiting and end not in ways:
        here = waiting.pop(0)
        for name in later.get(here, ()):
            if name not in ways:
                ways[name] = (*ways[here], name)
                waiting.append(name)
    return ways.get(end)


def _pair(earlier: int, later: int, moments: list[Moment], wrong: Side | None, at_par: Side | None) -> Pair:
    """Different fields of one part are compared within it; the same field of a list, each item with each."""
    one, other = moments[earlier].path, moments[later].path
    return Pair(earlier, later, one[:-1] == other[:-1] and one != other, wrong, at_par)


def path_problems(at: str, where: Mapping[str, str | list[str]], schema: RecordSchema) -> Iterator[str]:
    """What is wrong with the path of a moment and the words beside it."""
    *owners, last = at.split(".")
    part = schema.root
    for name in (*owners, last):
        if name not in part.by_name:
            yield message('"{ $name }" is no field of the record{ $hint }', name=name, hint=hint(name, part.by_name))
            return
        inner = part.by_name[name].part
        if name != last and inner is None:
            yield message("{ $at } is no date", at=at)
            return
        part = inner or part
    if last not in part.by_name or not part.by_name[last].is_moment:
        yield message("{ $at } is no date", at=at)
    yield from _word_problems(at, where, part)


def _word_problems(at: str, where: Mapping[str, str | list[str]], part: PartSchema) -> Iterator[str]:
    for name, words in where.items():
        if name not in part.by_name:
            yield message(
                '"{ $name }" is no field beside { $at }{ $hint }', name=name, at=at, hint=hint(name, part.by_name)
            )
            continue
        known = part.by_name[name].words
        for word in [words] if isinstance(words, str) else words:
            if word not in known:
                yield message(
                    '{ $name } is never "{ $word }"; its words are { $value }',
                    name=Verbatim(name),
                    word=word,
                    value=", ".join(known) or "none",
                )
