"""Ids that stay from run to run, and fingerprints that change with what a reviewer saw.

Both are made from the public form, so that neither is a way to guess an allocation, and a workbook made without
``--unmask`` merges into a run with it.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from precise_cal.reports.case import Asked, Finding
from precise_cal.reports.public import public_deviation, public_query, public_subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.protocol.report import Subject
    from precise_cal.reports.public import Mask


def findings(subject: Subject, mask: Mask) -> tuple[Finding, ...]:
    """The deviations of a participant with their ids."""
    public = public_subject(subject, mask)
    because = {one.id: [(why.pointer, why.observed, why.required) for why in one.because] for one in public.verdicts}
    shown = [public_deviation(one, mask) for one in subject.deviations]
    names = _numbered(_name(subject, one.code, one.rule if one.rule in because else "", one.item) for one in shown)
    return tuple(
        Finding(name, _digest(one.importance, one.occurred_at, one.decode, because.get(one.rule)), deviation)
        for name, one, deviation in zip(names, shown, subject.deviations, strict=True)
    )


def queries(subject: Subject, mask: Mask) -> tuple[Asked, ...]:
    """The questions about a participant with their ids."""
    shown = [public_query(one, mask) for one in subject.queries]
    names = _numbered(_name(subject, "Q", one.rule, one.pointer) for one in shown)
    return tuple(
        Asked(name, _digest(one.ask, one.pointer), query)
        for name, one, query in zip(names, shown, subject.queries, strict=True)
    )


def masked_findings(kept: Iterable[Finding], mask: Mask) -> tuple[Finding, ...]:
    """The same findings in their public form and order."""
    shown = [Finding(one.id, one.fingerprint, public_deviation(one.deviation, mask), one.decision) for one in kept]
    return tuple(sorted(shown, key=lambda one: (one.deviation.code, one.id)))


def masked_queries(kept: Iterable[Asked], mask: Mask) -> tuple[Asked, ...]:
    """The same questions in their public form and order."""
    shown = [Asked(one.id, one.fingerprint, public_query(one.query, mask), one.decision) for one in kept]
    return tuple(sorted(shown, key=lambda one: (one.query.pointer == "", one.query.rule)))


def _name(subject: Subject, *parts: str | None) -> str:
    return " ".join([subject.subject_id, *(part for part in parts if part)])


def _numbered(names: Iterable[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for name in names:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} #{seen[name]}"


def _digest(*content: object) -> str:
    return sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()[:16]
