"""The editions of the rules: the program of each, and the participants that it governs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from precise_cal.cohort.layout.exact import DAY_WIDTH, EPOCH, instant_bounds
from precise_cal.cohort.layout.tables import role_column
from precise_cal.cohort.sql.program import Program, compile_edition
from precise_cal.protocol.components import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.engine.rulebook.rulebook import Edition, Rulebook
    from precise_cal.protocol.schema.tree import RecordSchema
    from precise_cal.protocol.temporal import DateTime


@dataclass(frozen=True, slots=True)
class Governing:
    """An edition with its program; `where` is the condition, on the table of participants, of those it governs."""

    edition: Edition
    program: Program
    where: str


def governing(
    book: Rulebook, now: DateTime | None, dialect: Dialect, only: Iterable[str] | None = None, *, reasons: bool = True
) -> tuple[Governing, ...]:
    """Every edition of the rules, compiled; see `compile_edition`."""
    offset = book.utc_offset_minutes
    wanted = None if only is None else tuple(only)
    found = []
    for place in range(len(book.days) + 1):
        edition = book.edition(book.days[place - 1] if place else None)
        program = compile_edition(
            edition,
            book.schema,
            book.required_by_gate,
            dialect,
            now=now,
            offset=offset,
            chronology=book.chronology,
            only=wanted,
            reasons=reasons,
        )
        found.append(Governing(edition, program, _where(book, place, _day(book.schema, now, offset, dialect))))
    return tuple(found)


def _where(book: Rulebook, place: int, day: str) -> str:
    """Of the edition at a place: the days from one amendment to the next; an unknown day belongs to the first one."""
    if not book.days:
        return "TRUE"
    days = [one.toordinal() - EPOCH for one in book.days]
    first = f"{day} >= {days[place - 1]}" if place else ""
    before = f"{day} < {days[place]}" if place < len(days) else ""
    if not place:
        return f"({day} IS NULL OR {before})"
    return f"({' AND '.join(part for part in (first, before) if part)})"


def _day(schema: RecordSchema, now: DateTime | None, offset: int, dialect: Dialect) -> str:
    """The day whose rules govern: that of enrollment, else that of the cut-off (`engine.check`)."""
    cutoff, enrolled_at = role_column(schema, "cutoff"), role_column(schema, "enrolled_at")
    if now is None:
        cut_off = dialect.literal(None, "integer") if cutoff is None else _known_day(cutoff, dialect)
    else:
        low, high = instant_bounds(now, offset)
        cut_off = str(low // DAY_MS) if high - low <= DAY_WIDTH else dialect.literal(None, "integer")
    if enrolled_at is None:
        return cut_off
    return f"(CASE WHEN {enrolled_at}_low IS NOT NULL THEN {_known_day(enrolled_at, dialect)} ELSE {cut_off} END)"


def _known_day(name: str, dialect: Dialect) -> str:
    day = dialect.write("day_of", [f"{name}_low", str(DAY_MS), "200000"])
    return f"(CASE WHEN {name}_high - {name}_low <= {DAY_WIDTH} THEN {day} END)"
