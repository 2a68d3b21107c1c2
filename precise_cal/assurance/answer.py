"""An answer to a question about all records that a trial may have."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.protocol.rules_pack import Outcome


class Topic(StrEnum):
    """What is asked about."""

    VERDICTS = "verdicts"
    LEARNING = "learning"
    ATOMS = "atoms"
    GATE = "gate"
    CLAUSES = "clauses"
    ALONE = "alone"
    WINDOWS = "windows"
    VERSIONS = "versions"


OF_RULE_TOPICS: Final = (Topic.VERDICTS, Topic.LEARNING, Topic.ATOMS)
"""What is asked of each rule; the other topics are about the rules together."""


@immutable()
class Answer:
    """An answer to a question about all records.

    Attributes:
        question: what was asked, in words: a sentence that should be true.
        outcome: see `Outcome`.
        seconds: what it took.
        record: the witness, where there is one: of a yes that it occurs, of a no why not.
        because: what has no translation, what the engine said, or what of the record matters.
        items: how many items a list has at most of which this holds; None where no list is read.
        topic: what it is about, once all questions are put together.
        rule: the rule that it is about; None of the rules together.
    """

    question: str
    outcome: Outcome
    seconds: float
    record: Mapping[str, Any] | None = None
    because: str = ""
    items: int | None = None
    topic: Topic | None = None
    rule: str | None = None

    @property
    def bound(self) -> str:
        """How far it holds: a record that the engine judged is shown, what is so of all of them up to a bound."""
        if self.outcome == "not decided":
            if self.because:
                return ""
            return message("in { $seconds } s", seconds=f"{self.seconds:.1f}")
        if self.outcome not in ("yes", "no"):
            return ""
        if self.record is not None:
            return message("shown by a record")
        if self.items is None:
            return message("exact")
        return message("exact up to { $items } items of a list", items=self.items)
