"""What the rules say of one snapshot, in the form in which it is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, cast

from precise_cal.gate.canonical import Json, freeze
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.protocol.verdicts import GateVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the rules say of one snapshot. The lists hold JSON as the report model writes it.

    Raises:
        GateError: the decision is not one of the three words, or contradicts what blocks or is missing. ALLOW
            with something blocking or missing is never recorded.
    """

    decision: GateVerdict
    verdicts: Sequence[object]
    blocking: Sequence[str]
    missing: Sequence[str]
    parameters: Sequence[object]
    notices: Sequence[object]
    chronology: object
    queries: Sequence[object] = field(default_factory=list)
    """What to supply where something is missing; not recorded in decisions of format 1."""

    def __post_init__(self) -> None:
        blocking, missing = bool(self.blocking), bool(self.missing)
        agrees = {
            ALLOW: not blocking and not missing and bool(self.verdicts),
            REFUSE: blocking,
            INCOMPLETE: missing and not blocking,
        }
        if not agrees.get(self.decision, False):
            raise GateError(
                message(
                    "the evaluation says { $decision } with { $count } verdicts, blocking { $blocking } and "
                    "missing { $missing }; that is no decision",
                    decision=f"{self.decision!r}",
                    count=len(self.verdicts),
                    blocking=list(self.blocking),
                    missing=list(self.missing),
                )
            )

    def members(self, form: int = 2) -> dict[str, object]:
        """What a form of decisions has of it."""
        return {name: getattr(self, name) for name in members_of(form)}

    def frozen(self, form: int = 2) -> dict[str, Json]:
        """The evaluation as canonical JSON members, as a form of decisions has them.

        Raises:
            GateError: something in it has no exact JSON form.
        """
        return {name: freeze(value, f"/{name}") for name, value in self.members(form).items()}

    def agrees_with(self, other: Evaluation, form: int = 2) -> bool:
        """Whether two evaluations say the same in every word; the chronology has the moment of asking, and is left."""
        return self._compared(form) == other._compared(form)

    def _compared(self, form: int) -> dict[str, Json]:
        members = self.frozen(form)
        del members["chronology"]
        return members

    def verdict_words(self) -> object:
        """What was decided, without the words that explain it: those may change from version to version."""
        rows = cast("Sequence[Mapping[str, object]]", self.verdicts)
        return self.decision, list(self.blocking), list(self.missing), [(row["id"], row["verdict"]) for row in rows]


def members_of(form: int) -> list[str]:
    """The members of an evaluation that a form of decisions has."""
    return [one.name for one in fields(Evaluation) if form > 1 or one.name != "queries"]
