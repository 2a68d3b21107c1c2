"""The moments that choose the edition of the rules, as conditions on the table of participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.cohort.layout.exact import EPOCH, instant_bounds
from precise_cal.cohort.layout.tables import role_column, role_field
from precise_cal.engine.cql.reads import reads
from precise_cal.protocol.components import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.cohort.sql.dialects import Dialect
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.temporal import DateTime


class Range(NamedTuple):
    """The first and the last day that a moment may lie on, as SQL; null where it is not known."""

    first: str
    last: str


class Days:
    """The days of consent and enrollment, as `engine.judging.moments` tells them.

    Args:
        book: the rules.
        now: the instant of evaluation; without it, each participant's cut-off.
        dialect: of the engine.
    """

    def __init__(self, book: Rulebook, now: DateTime | None, dialect: Dialect) -> None:
        self._book = book
        self._dialect = dialect
        self._now = self._column("cutoff") if now is None else self._given(now)

    def where(self, key: Key, moments: Iterable[str]) -> str | None:
        """Who is judged by an edition at each of some moments; None where nobody is for certain."""
        found = [self._at(key, self._moment(name)) for name in moments]
        return None if None in found else " AND ".join(f"({one})" for one in found)

    def _at(self, key: Key, moment: Range | None) -> str | None:
        timeline = self._book.timeline
        if moment is None:
            return None
        if timeline.sites is None or len(timeline.versions) < 2:
            span = timeline.spans(None).get(key)
            return None if span is None else self._within(moment, span)
        column = role_column(self._book.schema, "site")
        spans = [(site.id, timeline.spans(site).get(key)) for site in timeline.sites.values()]
        parts = [
            f"{column} = {self._dialect.text(name)} AND {self._within(moment, span)}" for name, span in spans if span
        ]
        return " OR ".join(f"({part})" for part in parts) if column is not None and parts else None

    @staticmethod
    def _within(moment: Range, span: tuple[int, int]) -> str:
        return f"{moment.first} >= {span[0] - EPOCH} AND {moment.last} <= {span[1] - EPOCH}"

    def _moment(self, name: str) -> Range | None:
        day_zero, consent = (
            None if self._is_expression(role) else self._until_now(self._column(role))
            for role in ("day_zero", "consented_at")
        )
        if name == "consent":
            return consent
        enrolled = self._column("enrolled_at")
        is_open = any(map(self._is_expression, ("day_zero", "consented_at")))
        waiting = Range("NULL", "NULL") if is_open else self._waiting(day_zero, consent)
        if waiting is None:
            return enrolled
        if enrolled is None:
            return None if "enrolled" in self._book.schema.roles else waiting
        perhaps = self._is_perhaps_enrolled()
        return Range(
            *(
                f"(CASE WHEN {enrolled.first} IS NOT NULL THEN {one} WHEN {perhaps} THEN NULL ELSE {other} END)"
                for one, other in zip(enrolled, waiting, strict=True)
            )
        )

    def _is_expression(self, role: str) -> bool:
        """Whether a role stands in no column: whoever is judged by it is the interpreter's."""
        return role in self._book.schema.roles and self._book.schema.role_path(role) is None

    def _waiting(self, day_zero: Range | None, consent: Range | None) -> Range | None:
        """Of one who is not enrolled: day zero, else all from consent, whose version may have refused, until now."""
        first = [one.first for one in (day_zero, consent, self._now) if one is not None]
        last = [one.last for one in (day_zero, self._now, consent) if one is not None]
        return Range(f"coalesce({', '.join(first)})", f"coalesce({', '.join(last)})") if first else None

    def _is_perhaps_enrolled(self) -> str:
        """Whether one without a moment of enrollment may be enrolled all the same."""
        schema, role = self._book.schema, self._book.roles.get("enrolled")
        path = schema.role_path("enrolled_at")
        if role is None or path is None:
            return "FALSE"
        owner = path[:-1]
        field = schema.field(owner) if owner else None
        if field is None or field.known or any(read[: len(owner)] != owner for read in reads(role).paths):
            return "TRUE"
        return "_".join((*owner, "recorded"))

    def _until_now(self, moment: Range | None) -> Range | None:
        if moment is None or self._now is None:
            return moment
        last = self._now.last
        return Range(*(f"(CASE WHEN {last} < {one} THEN {last} ELSE {one} END)" for one in moment))

    def _column(self, role: str) -> Range | None:
        field = role_field(self._book.schema, role)
        if field is None:
            role_column(self._book.schema, role)  # an expression is told
            return None
        low, high = f"{field.name}_low", f"{field.name}_high"
        return Range(low, high) if field.kind == "date" else Range(self._day(low), self._day(high))

    def _day(self, column: str) -> str:
        return f"({self._dialect.write('day_of', [column, str(DAY_MS), '200000'])})"

    def _given(self, now: DateTime) -> Range:
        low, high = instant_bounds(now, self._book.utc_offset_minutes)
        return Range(str(low // DAY_MS), str(high // DAY_MS))
