"""What may be shown without telling an allocation.

The trial is open, but a document that lists allocations by site lets its reader guess the next one. So the arm is left
out unless asked for, and all that depends on it: which devices were used and how many, the angiograms named after a
device, the verdicts of rules that look at the arm, their reasons, notices and questions, and the code of a deviation
that only one arm can have. The digest of a record is left out as well: who knows all but the arm could try both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Joined, message, texts_within
from precise_cal.protocol.elapsed import instant
from precise_cal.protocol.part import Part, changed

if TYPE_CHECKING:
    from precise_cal.protocol.report import Deviation, PopulationReason, Query, Subject, Verdict
    from precise_cal.protocol.schema.tree import FieldSchema, Reveals

WITHHELD: Final = "withheld with the allocation"
_ITEM: Final = r"(?:/\d+)?/"
_POINTER: Final = re.compile(r"(?:/\w+)+")


@dataclass(frozen=True)
class Mask:
    """What tells the allocation: rules, by their ids, and fields of the record, by their paths."""

    rules: frozenset[str]
    places: tuple[tuple[str, ...], ...]

    def place(self, pointer: str) -> str | None:
        """The part of a JSON Pointer that leads to a field that tells the allocation; None where it leads to none."""
        found = self._pattern.match(pointer) if self.places else None
        return found[1] if found else None

    def names(self, words: str) -> bool:
        """Whether words for people name such a field, or speak of it, by its pointer."""
        return any(self.place(pointer) for text in texts_within(words) for pointer in _POINTER.findall(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(f"^({'|'.join('/' + _ITEM.join(path) for path in self.places)})(?:/|$)")


def public_subject(subject: Subject, mask: Mask) -> Subject:
    """A participant's findings without those that tell the allocation.

    Args:
        subject: the findings.
        mask: what tells it.
    """
    return replace(
        subject,
        record_sha256="",
        verdicts=tuple(_public_verdict(one, mask) for one in subject.verdicts if one.id not in mask.rules),
        deviations=tuple(sorted((public_deviation(one, mask) for one in subject.deviations), key=_order)),
        queries=tuple(sorted((public_query(one, mask) for one in subject.queries), key=_is_withheld)),
        notices=tuple(one for one in subject.notices if one.rule not in mask.rules and not mask.place(one.item or "")),
        population_reasons=tuple(
            dict.fromkeys(_public_reason(one, subject, mask) for one in subject.population_reasons)
        ),
    )


def public_deviation(deviation: Deviation, mask: Mask) -> Deviation:
    """A deviation from a rule about the allocation loses what only one arm can have: code, term and reasons.

    One that names a date of the treatment loses when and why.
    """
    if deviation.rule not in mask.rules:
        if any(mask.names(step.text) for step in deviation.chain):
            return replace(deviation, occurred_at=None, chain=())
        return deviation
    return replace(
        deviation,
        code=deviation.code.rsplit("-", 1)[0],
        term=message("{ $category } DEVIATION", category=deviation.category),
        rule=_one_of(mask.rules),
        why=WITHHELD,
        chain=(),
    )


def _public_reason(reason: PopulationReason, subject: Subject, mask: Mask) -> PopulationReason:
    """A reason that is a deviation about the allocation is called what that deviation is."""
    hidden = next((one for one in subject.deviations if one.code == reason.code and one.rule in mask.rules), None)
    if hidden is None:
        return reason
    public = public_deviation(hidden, mask)
    return replace(reason, code=public.code, text=public.term)


def public_query(query: Query, mask: Mask) -> Query:
    """A question about the treatment keeps no more than its place."""
    if query.rule in mask.rules:
        return replace(
            query,
            rule=_one_of(mask.rules),
            pointer="",
            ask=message("a datum of the treatment, { $withheld }", withheld=WITHHELD),
        )
    place = mask.place(query.pointer) or query.pointer
    ask = message("whether a date is right, { $withheld }", withheld=WITHHELD) if mask.names(query.ask) else query.ask
    return replace(query, pointer=place, ask=ask)


def public_record(record: Part) -> Part:
    """A record without the fields that reveal the allocation; of what is spared in a list, the earliest stays."""
    return _public_part(record)


def _public_part(part: Part) -> Part:
    update: dict[str, object] = {}
    for field in part.form.fields:
        value = getattr(part, field.attribute)
        if field.reveals is not None:
            update[field.attribute] = _hidden(field, field.reveals, value)
        elif field.part is not None and value is not None:
            many = isinstance(value, tuple)
            inner = [_public_part(one) if isinstance(one, Part) else one for one in (value if many else (value,))]
            update[field.attribute] = tuple(inner) if many else inner[0]
    return changed(part, update) if update else part


def _hidden(field: FieldSchema, reveals: Reveals, value: Any) -> Any:
    """What is left of a field that reveals the allocation."""
    if not field.is_list:
        return None
    if reveals.sparing is None or field.part is None:
        return ()
    spared = field.part.by_name[reveals.sparing].attribute
    known = [one for one in value or () if getattr(one, spared) is not None]
    first = min(known, key=lambda one: _order_in_time(getattr(one, spared)), default=None)
    return () if first is None else (_only(first, spared),)


def _order_in_time(moment: Any) -> tuple[bool, Any]:
    return instant(moment) is None, instant(moment) or moment.low


def _only(part: Part, attribute: str) -> Part:
    """The part with nothing known of it but one field."""
    unknown: dict[str, object] = dict.fromkeys(part.attributes)
    return changed(part, {**unknown, attribute: getattr(part, attribute)})


def _public_verdict(verdict: Verdict, mask: Mask) -> Verdict:
    return replace(
        verdict,
        because=tuple(one for one in verdict.because if not mask.place(one.pointer)),
        says=tuple(one for one in verdict.says if not one.reveals),
    )


def _one_of(rules: frozenset[str]) -> str:
    return Joined(" or ", sorted(rules))


def _order(deviation: Deviation) -> tuple[str, str, str]:
    return deviation.code, deviation.rule, deviation.item or ""


def _is_withheld(query: Query) -> bool:
    return query.pointer == ""
