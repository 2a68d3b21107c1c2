"""What the interpreter says, in the terms of a cohort: the reference that the compiled rules are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.judging.gate import GATE_ID
from precise_cal.protocol.verdicts import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.protocol.report import Subject, Verdict


class Finding(NamedTuple):
    """One row of the verdicts: a rule and a participant."""

    rule: str
    verdict: str
    reason: str | None
    notices: str


def findings(subject: Subject, rules: Mapping[str, ExecutableRule]) -> Iterator[Finding]:
    """The rows of a participant, in order of the report.

    Args:
        subject: what the interpreter found.
        rules: of the edition, by id.
    """
    for verdict in subject.verdicts:
        if verdict.id == GATE_ID:
            gate = subject.gate
            yield Finding(GATE_ID, gate.decision, next(iter((*gate.blocking, *gate.missing)), None), "")
        else:
            reason = _reason(verdict, subject, rules[verdict.id])
            yield Finding(verdict.id, verdict.verdict, reason, ",".join(verdict.notices))


def _reason(verdict: Verdict, subject: Subject, rule: ExecutableRule) -> str | None:
    """The field that the first reason points to; of an open verdict without one, that of the rule's first query."""
    if verdict.because:
        return field_of(verdict.because[0].pointer)
    if verdict.verdict in OPEN and (not rule.queries or asks_of_record(rule)):
        asked = next((query.pointer for query in subject.queries if query.rule == verdict.id), "")
        return field_of(asked) or None
    return None


def asks_of_record(rule: ExecutableRule) -> bool:
    """Whether the own queries of a rule are about fields of the record, and not about those of items."""
    return rule.scope is None and all(one.item is None for one in rule.queries)


def field_of(pointer: str) -> str:
    """A field of the record without the places in lists: ``/lesions/0/vessel`` is ``lesions.vessel``."""
    return ".".join(part for part in pointer.split("/") if part and not part.isdigit())
