"""Parameters that an edition of the rules uses though none of their values holds in it: one ended, the next is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.parameter_tables import row_id
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.protocol_form import ParameterValue
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key, Timeline
    from precise_cal.engine.rulebook.yaml_source import Location


def check_gaps(book: Rulebook) -> None:
    """See that a parameter has a value in every edition that uses it, from its first one on.

    Raises:
        RuleFileError: one has none; all is told at once.
    """
    used = {key: book.edition_of(key).used for key in book.timeline.keys}
    problems: dict[tuple[Place, str], None] = {}
    for where, name, table, values in _values(book):
        for key in (key for key, names in used.items() if names & {name, table}):
            number = _ended(book.timeline, key, values)
            if number is not None:
                place = book.loaded.source.place((*where, number))
                problems[place, _told(book, key, name, values[number])] = None
                break
    if problems:
        raise RuleFileError(list(problems))


def _values(book: Rulebook) -> Iterator[tuple[Location, str, str, Sequence[ParameterValue]]]:
    """Every parameter and row of one: the place of its values, its name, that of its table, and the values."""
    for index, one in enumerate(book.study.parameters):
        if not one.informative:
            yield ("parameters", index, "values"), one.id, one.id, one.values
            for at, row in enumerate(one.rows):
                yield ("parameters", index, "rows", at, "values"), row_id(one, row), one.id, row.values


def _ended(timeline: Timeline, key: Key, values: Sequence[ParameterValue]) -> int | None:
    """Where none of the values holds in an edition, though some began, the place of the last that did."""
    first = min(values, key=lambda one: timeline.date_of(one.since), default=None)  # it holds from the beginning
    since = [None if one is first else one.since for one in values]
    if any(timeline.holds(key, begin, one.until) for begin, one in zip(since, values, strict=True)):
        return None
    begun = [place for place, begin in enumerate(since) if timeline.holds(key, begin, None)]
    return max(begun, key=lambda place: timeline.date_of(values[place].since), default=None)


def _told(book: Rulebook, key: Key, name: str, value: ParameterValue) -> str:
    return message(
        "{ $name }: no value holds in { $edition }, where rules use it: this one ends with { $until }; begin the next "
        "one there (since: { $until }), or leave out until",
        name=Verbatim(name),
        edition=Verbatim(book.timeline.name(key)),
        until=Verbatim(value.until),
    )
