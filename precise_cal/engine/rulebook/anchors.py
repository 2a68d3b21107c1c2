"""What the days of visits are counted from, and the day on which participation ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.compile import compile_expression
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.types import DATE, DATE_TIME
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.roles import MOMENTS
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile


def check_anchors(book: Rulebook) -> None:
    """See that the days of visits are counted from roles that are dates, and that they end on one.

    Raises:
        RuleFileError: a role is wrong, or is no date and visits are counted from it; or ``left_at`` is none.
    """
    if book.loaded.schedule is None:
        return
    file, source = book.loaded.schedule
    anchors: dict[Location, str] = {("anchor",): file.anchor}
    anchors |= {("visits", index, "anchor"): one.anchor for index, one in enumerate(file.visits) if one.anchor}
    dated = ", ".join(name for name in MOMENTS if name in book.roles)
    problems: list[tuple[Place, str]] = [
        (
            source.place(where),
            message(
                "{ $name }: days are counted from a date, as of the roles { $dated }",
                name=Verbatim(name),
                dated=Verbatim(dated),
            ),
        )
        for where, name in anchors.items()
        if name in book.roles and name not in MOMENTS
    ]
    problems += _left_at(book, file.left_at, source)
    if problems:
        raise RuleFileError(problems)


def _left_at(book: Rulebook, text: str | None, source: YamlFile) -> Iterator[tuple[Place, str]]:
    if text is None:
        return
    context = record_type(book.schema, book.utc_offset_minutes)
    place = source.place(("left_at",))
    try:
        found = compile_expression(Environment(context, classes=classes_of(context)), text)
    except CqlError:
        return  # it may name definitions; what is wrong with it is told where visits are judged
    if found.type not in (DATE, DATE_TIME):
        yield place, message("left_at should be a date or an instant, not { $kind }", kind=Verbatim(found.type))
