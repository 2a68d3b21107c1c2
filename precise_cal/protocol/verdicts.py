"""Verdict words, and the ladders of conditions that lead to them: one table for engine, SQL, reports and rule files.

A kind of rule asks its conditions rung by rung (contract, section 2). An answer leads to a verdict, or on to the next
rung. One that is null leaves the rule open: no verdict that settles the matter is given after it, only the word for
what cannot be decided, or one that leaves the matter to a person anyway (`UNSETTLED`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CriterionVerdict = Literal["MET", "NOT_MET", "UNKNOWN", "ABSENT", "PRESENT"]
ConductVerdict = Literal["COMPLIANT", "DEVIATION", "REVIEW", "CANNOT_ASSESS", "NOT_DUE", "NOT_APPLICABLE"]
OutcomeVerdict = Literal["YES", "NO", "PENDING", "CANNOT_ASSESS", "NOT_DUE"]
GateVerdict = Literal["ALLOW", "REFUSE", "INCOMPLETE"]
RuleVerdict = Literal[CriterionVerdict, ConductVerdict, OutcomeVerdict]
VerdictWord = CriterionVerdict | ConductVerdict | OutcomeVerdict | GateVerdict
RuleKind = Literal["inclusion", "exclusion", "conduct", "outcome", "side_finding"]
Kind = Literal["inclusion", "exclusion", "gate", "conduct", "outcome", "side_finding"]

MET: Final = "MET"
NOT_MET: Final = "NOT_MET"
ABSENT: Final = "ABSENT"
PRESENT: Final = "PRESENT"
UNKNOWN: Final = "UNKNOWN"
COMPLIANT: Final = "COMPLIANT"
DEVIATION: Final = "DEVIATION"
REVIEW: Final = "REVIEW"
CANNOT_ASSESS: Final = "CANNOT_ASSESS"
NOT_DUE: Final = "NOT_DUE"
NOT_APPLICABLE: Final = "NOT_APPLICABLE"
YES: Final = "YES"
NO: Final = "NO"
PENDING: Final = "PENDING"
ALLOW: Final = "ALLOW"
REFUSE: Final = "REFUSE"
INCOMPLETE: Final = "INCOMPLETE"

KEPT: Final = frozenset({MET, ABSENT, COMPLIANT, ALLOW})
"""The verdicts that say that the protocol was followed, or may be gone on with."""
FAILING: Final = frozenset({NOT_MET, PRESENT, DEVIATION, REFUSE})
"""The verdicts that say the protocol was not followed, or must not be gone on with."""
OPEN: Final = frozenset({UNKNOWN, CANNOT_ASSESS, INCOMPLETE})
"""The verdicts that wait for data."""
UNSETTLED: Final = frozenset({REVIEW, PENDING})
"""The verdicts that leave to a person what happened; they stand beside what is unknown."""
NOT_JUDGED: Final = frozenset({NOT_DUE, NOT_APPLICABLE})
"""The verdicts that say that there is nothing to judge, or not yet."""
UNDECIDED: Final = OPEN | UNSETTLED
"""The verdicts that wait for data or for a person."""
HARMLESS: Final = KEPT | NOT_JUDGED | {NO}
"""The verdicts that ask nobody to do anything."""
PASSING: Final = KEPT | {NOT_APPLICABLE}
"""The verdicts that the gate lets pass."""

MET_WHEN: Final = "met_when"
PRESENT_WHEN: Final = "present_when"
APPLIES_WHEN: Final = "applies_when"
DUE_WHEN: Final = "due_when"
COMPLIANT_WHEN: Final = "compliant_when"
REVIEW_WHEN: Final = "review_when"
OCCURRED_WHEN: Final = "occurred_when"
PENDING_WHEN: Final = "pending_when"

CONDITIONS: Final[Mapping[str, str]] = {
    MET_WHEN: "inclusion: the criterion is met",
    PRESENT_WHEN: "exclusion: the criterion is present",
    APPLIES_WHEN: "conduct and outcome: the rule concerns this participant at all",
    DUE_WHEN: "conduct and outcome: the time has come to judge it",
    COMPLIANT_WHEN: "conduct: the protocol was followed",
    REVIEW_WHEN: "conduct: a person has to look at it",
    OCCURRED_WHEN: "outcome: the event took place",
    PENDING_WHEN: "outcome: an adjudication is outstanding that would decide it",
}
"""Every condition that a rule may have, with what it says."""


class Rung(NamedTuple):
    """A condition, and the verdict where it is true or false; None goes on to the next rung."""

    condition: str
    when_true: VerdictWord | None
    when_false: VerdictWord | None


class Ladder(NamedTuple):
    """The rungs of a kind of rule, in the order in which they are asked, and its words.

    A condition that a rule does not have cannot decide, and leaves nothing open.
    """

    rungs: tuple[Rung, ...]
    otherwise: VerdictWord
    """The verdict where no rung decides."""
    unknown: VerdictWord
    """The verdict where a rung's answer is null."""
    needed: str
    """The condition that a rule of this kind must have; it explains the verdict where no rung decides."""
    worst_first: tuple[VerdictWord, ...]
    """Of several items, the worst speaks for the participant."""
    words: tuple[VerdictWord, ...]
    """The same words in the order of tables."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that a rule of this kind may have."""
        return tuple(rung.condition for rung in self.rungs)

    @property
    def decided(self) -> VerdictWord:
        """The verdict that the needed condition leads to by itself."""
        needed = next(rung for rung in self.rungs if rung.condition == self.needed)
        return needed.when_true or needed.when_false or self.otherwise

    def words_with(self, conditions: Collection[str]) -> tuple[VerdictWord, ...]:
        """The verdicts that a rule with these conditions can have, in the order of tables."""
        reached = {self.otherwise, self.unknown}
        for rung in self.rungs:
            if rung.condition in conditions:
                reached |= {word for word in (rung.when_true, rung.when_false) if word is not None}
        return tuple(word for word in self.words if word in reached)


_OUTCOME: Final = Ladder(
    rungs=(
        Rung(APPLIES_WHEN, when_true=None, when_false=NOT_DUE),
        Rung(OCCURRED_WHEN, when_true=YES, when_false=None),
        Rung(PENDING_WHEN, when_true=PENDING, when_false=None),
        Rung(DUE_WHEN, when_true=None, when_false=NOT_DUE),
    ),
    otherwise=NO,
    unknown=CANNOT_ASSESS,
    needed=OCCURRED_WHEN,
    worst_first=(YES, PENDING, CANNOT_ASSESS, NOT_DUE, NO),
    words=(YES, NO, PENDING, CANNOT_ASSESS, NOT_DUE),
)
"""An event that certainly took place is told at once; that none took place, only when its time is over."""

LADDERS: Final[Mapping[str, Ladder]] = {
    "inclusion": Ladder(
        rungs=(Rung(MET_WHEN, when_true=None, when_false=NOT_MET),),
        otherwise=MET,
        unknown=UNKNOWN,
        needed=MET_WHEN,
        worst_first=(NOT_MET, UNKNOWN, MET),
        words=(MET, NOT_MET, UNKNOWN),
    ),
    "exclusion": Ladder(
        rungs=(Rung(PRESENT_WHEN, when_true=PRESENT, when_false=None),),
        otherwise=ABSENT,
        unknown=UNKNOWN,
        needed=PRESENT_WHEN,
        worst_first=(PRESENT, UNKNOWN, ABSENT),
        words=(ABSENT, PRESENT, UNKNOWN),
    ),
    "conduct": Ladder(
        rungs=(
            Rung(APPLIES_WHEN, when_true=None, when_false=NOT_APPLICABLE),
            Rung(DUE_WHEN, when_true=None, when_false=NOT_DUE),
            Rung(COMPLIANT_WHEN, when_true=None, when_false=DEVIATION),
            Rung(REVIEW_WHEN, when_true=REVIEW, when_false=None),
        ),
        otherwise=COMPLIANT,
        unknown=CANNOT_ASSESS,
        needed=COMPLIANT_WHEN,
        worst_first=(DEVIATION, REVIEW, CANNOT_ASSESS, NOT_DUE, COMPLIANT, NOT_APPLICABLE),
        words=(COMPLIANT, DEVIATION, REVIEW, CANNOT_ASSESS, NOT_DUE, NOT_APPLICABLE),
    ),
    "outcome": _OUTCOME,
    "side_finding": _OUTCOME,
}
"""The kinds of rules, in the order of reports."""
GATE: Final = Ladder(
    rungs=(),
    otherwise=ALLOW,
    unknown=INCOMPLETE,
    needed="",
    worst_first=(REFUSE, INCOMPLETE, ALLOW),
    words=(ALLOW, REFUSE, INCOMPLETE),
)
"""The gate has no conditions of its own: it gathers what other rules say."""
WORST_FIRST: Final[Mapping[str, tuple[VerdictWord, ...]]] = {
    **{kind: ladder.worst_first for kind, ladder in LADDERS.items()},
    "gate": GATE.worst_first,
}

CRITERIA: Final = ("inclusion", "exclusion")
"""The kinds of rules that the gate asks first."""
