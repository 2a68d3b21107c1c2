"""What may be shown without telling an allocation.

The trial is open, but a document that lists allocations by site lets its reader guess the next one. So the arm is left
out unless asked for, and all that depends on it: which devices were used and how many, the angiograms named after a
device, the verdicts of rules that look at the arm, their reasons, notices and questions, and the code of a deviation
that only one arm can have. The digest of a record is left out as well: who knows all but the arm could try both.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.record import REVEALING, Device
from precise_cal.reports.moments import instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.protocol.record import Lesion, Record
    from precise_cal.protocol.report import Because, Deviation, Query, Subject, Verdict

WITHHELD: Final = "withheld with the allocation"
_ITEM: Final = r"(?:/\d+)?/"
_TREATMENT: Final = re.compile(f"^({'|'.join('/' + _ITEM.join(path) for path in REVEALING)})(?:/|$)")


def public_subject(subject: Subject, rules: frozenset[str]) -> Subject:
    """A participant's findings without those that tell the allocation.

    Args:
        subject: the findings.
        rules: the ids of the rules that tell it.
    """
    return replace(
        subject,
        record_sha256="",
        verdicts=tuple(_public_verdict(one) for one in subject.verdicts if one.id not in rules),
        deviations=tuple(sorted((public_deviation(one, rules) for one in subject.deviations), key=_order)),
        queries=tuple(sorted((public_query(one, rules) for one in subject.queries), key=_is_withheld)),
        notices=tuple(one for one in subject.notices if one.rule not in rules and not _TREATMENT.match(one.item or "")),
    )


def public_deviation(deviation: Deviation, rules: frozenset[str]) -> Deviation:
    """A deviation from a rule about the allocation loses what only one arm can have: code, term and reasons."""
    if deviation.rule not in rules:
        return deviation
    return replace(
        deviation,
        code=deviation.code.rsplit("-", 1)[0],
        term=f"{deviation.category} DEVIATION",
        rule=_one_of(rules),
        why=WITHHELD,
        chain=(),
    )


def public_query(query: Query, rules: frozenset[str]) -> Query:
    """A question about the treatment keeps no more than its place."""
    if query.rule in rules:
        return replace(query, rule=_one_of(rules), pointer="", ask=f"a datum of the treatment, {WITHHELD}")
    place = _TREATMENT.match(query.pointer)
    return replace(query, pointer=place[1]) if place else query


def public_record(record: Record) -> Record:
    """A record without arm, kinds and number of devices, and angiograms; the time of the first device stays."""
    allocated = record.randomization
    hidden = None if allocated is None else allocated.model_copy(update={"arm": None, "number": None})
    lesions = None if record.lesions is None else tuple(_public_lesion(one) for one in record.lesions)
    return record.model_copy(update={"randomization": hidden, "lesions": lesions})


def _public_lesion(lesion: Lesion) -> Lesion:
    times = [one.at for one in lesion.devices or () if one.at is not None]
    first = min(times, key=lambda at: (instant(at) is None, instant(at) or at.low), default=None)
    devices = (Device.model_construct(type=None, role=None, at=first, reason=None),) if first else ()
    return lesion.model_copy(update={"devices": devices, "assessments": ()})


def _public_verdict(verdict: Verdict) -> Verdict:
    return replace(verdict, because=_without_treatment(verdict.because))


def _without_treatment(because: Iterable[Because]) -> tuple[Because, ...]:
    return tuple(one for one in because if not _TREATMENT.match(one.pointer))


def _one_of(rules: frozenset[str]) -> str:
    return " or ".join(sorted(rules))


def _order(deviation: Deviation) -> tuple[str, str, str]:
    return deviation.code, deviation.rule, deviation.item or ""


def _is_withheld(query: Query) -> bool:
    return query.pointer == ""
