"""What a folder states and no rule uses: a name that was mistyped elsewhere, or a rule that is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.parameter_tables import row_id
from precise_cal.engine.rulebook.reading import editions_of
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rulebook import Rulebook

    Problem = tuple[Place | None, str]

_NAME: Final = re.compile(r"[A-Za-z_][\w.]*")


def check_use(book: Rulebook) -> None:
    """See that everything is used in some edition of the rules.

    Raises:
        RuleFileError: something is not, with its place; or an edition is wrong.
    """
    used = {*_named_by_retired(book.loaded), *_named_elsewhere(book.loaded)}.union(
        *(one.used for one in editions_of(book))
    )
    problems = [*_parameters(book.loaded, used), *_scopes(book.loaded, used), *_definitions(book.loaded, used)]
    problems += _moments(book.loaded)
    if problems:
        raise RuleFileError(problems)


def _parameters(loaded: Loaded, used: set[str]) -> Iterator[Problem]:
    for index, one in enumerate(loaded.protocol.parameters):
        is_used = one.id in used or any(row_id(one, row) in used for row in one.rows)
        if not is_used and not one.informative:
            place = loaded.source.place(("parameters", index, "id"))
            yield (
                place,
                message(
                    "{ $id }: no rule uses this parameter; if it is stated for people only: informative: true",
                    id=Verbatim(one.id),
                ),
            )


def _named_elsewhere(loaded: Loaded) -> Iterator[str]:
    """The parameters that ``across`` and ``report.yaml`` name; ``schedule.yaml``'s stand in the rules of its visits."""
    count, report = loaded.protocol.across.count, loaded.report[0] if loaded.report else None
    named: list[str | int | None] = [None if count is None else count.at_most]
    if report is not None:
        named += [report.parameters.start, report.parameters.enrollment, report.parameters.least_age]
        named += [None if report.markers is None else report.markers.line]
        named += [None if report.qfr is None else report.qfr.threshold]
    yield from (one for one in named if isinstance(one, str))


def _scopes(loaded: Loaded, used: set[str]) -> Iterator[Problem]:
    for index, one in enumerate(loaded.protocol.scopes):
        if one.id not in used:
            yield (
                loaded.source.place(("scopes", index, "id")),
                message("{ $id }: nothing is judged for each of this scope", id=Verbatim(one.id)),
            )


def _definitions(loaded: Loaded, used: set[str]) -> Iterator[Problem]:
    for file, source in loaded.rules:
        for index, one in enumerate(file.definitions):
            if one.define not in used:
                yield (
                    source.place(("definitions", index, "define")),
                    message("{ $define }: no rule uses this definition", define=one.define),
                )


def _moments(loaded: Loaded) -> Iterator[Problem]:
    for file, source in loaded.rules:
        if file.chronology is not None:
            ordered = {name for one in file.chronology.order for name in (*one.earlier, *one.later)}
            for index, one in enumerate(file.chronology.moments):
                if one.id not in ordered:
                    place = source.place(("chronology", "moments", index, "id"))
                    yield place, message("{ $id }: no pair of the order names this moment", id=Verbatim(one.id))


def _named_by_retired(loaded: Loaded) -> Iterator[str]:
    """The names in rules that are retired or off, and in definitions that these name: they wait as those rules do."""
    bodies = {one.define: one.as_ for file, _ in loaded.rules for one in file.definitions}
    retired = [one for file, _ in loaded.rules for one in file.rules if not one.is_judged]
    waiting = [str(one.model_dump(exclude_none=True)) for one in retired]
    while waiting:
        for name in _NAME.findall(waiting.pop()):
            yield name
            if name in bodies:
                waiting.append(bodies.pop(name))
