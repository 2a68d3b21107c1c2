"""The editions of the rules: the program of each, and the participants that it governs.

A participant is judged by SQL where one edition holds for every rule that the editions do not agree about; whoever
changes versions between consent and enrollment, is at a site of which nothing is known, or has a moment that is known
in part only, is left to the interpreter (`engine.judging.moments`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.cohort.run.days import Days
from precise_cal.cohort.sql.program import Program, compile_edition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.engine.rulebook.edition import Lineup
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.temporal import DateTime

_VISIT: Final = "a visit chooses the version of the protocol that judges"


@dataclass(frozen=True, slots=True)
class Governing:
    """A program; `where` is the condition, on the table of participants, of those whom it judges.

    `is_left`: the interpreter judges them, and the program only tells who they are.
    """

    program: Program
    where: str
    is_left: bool = False


def governing(
    book: Rulebook, now: DateTime | None, dialect: Dialect, only: Iterable[str] | None = None, *, reasons: bool = True
) -> tuple[Governing, ...]:
    """Every edition of the rules, compiled; see `compile_edition`."""
    wanted = None if only is None else tuple(only)
    differing = [one for one in book.lineup if (wanted is None or one.id in wanted) and _differs(book, one)]
    without = {one.id: _VISIT for one in differing if one.at == "visit"}
    moments = sorted({one.at for one in differing if one.at != "visit"})
    if not moments:
        return (Governing(_program(book, book.timeline.keys[-1], now, dialect, wanted, without, reasons), "TRUE"),)
    days = Days(book, now, dialect)
    found = [
        Governing(_program(book, key, now, dialect, wanted, without, reasons, is_chosen=True), where)
        for key in book.timeline.keys
        if (where := days.where(key, moments)) is not None
    ]
    rest = " OR ".join(f"({one.where})" for one in found) or "FALSE"
    nobody = _program(book, book.timeline.keys[-1], now, dialect, (), {}, reasons)
    return (*found, Governing(nobody, f"NOT coalesce({rest}, FALSE)", is_left=True))


def _program(
    book: Rulebook,
    key: Key,
    now: DateTime | None,
    dialect: Dialect,
    only: tuple[str, ...] | None,
    without: dict[str, str],
    reasons: bool,
    *,
    is_chosen: bool = False,
) -> Program:
    return compile_edition(
        book.edition_of(key),
        book.schema,
        book.required_by_gate,
        dialect,
        now=now,
        offset=book.utc_offset_minutes,
        chronology=book.chronology,
        only=only,
        without=without,
        reasons=reasons,
        is_chosen=is_chosen,
    )


def _differs(book: Rulebook, one: Lineup) -> bool:
    """Whether editions do not agree about a rule."""
    rules = [book.rule_in(key, one.id) for key in book.timeline.keys]
    return len({None if rule is None else rule.terms for rule in rules}) > 1
