"""From the trace of an evaluation to the reasons of a verdict, and to the questions that would decide it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.engine.cql.state import AtomEntry
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.protocol.part import Part
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.report import Because, Query
from precise_cal.protocol.temporal import Date, DateTime

Wanted = Literal["required", "otherwise"]
"""The text of an atom that says what the rule requires: what makes it true, or what makes it false."""

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from precise_cal.engine.cql.state import Entry, Read
    from precise_cal.engine.judging.pointers import Pointers


@dataclass(frozen=True, slots=True)
class ItemTrace:
    """What decided a rule for one item; for the participant as a whole, `item` is None."""

    item: str | None
    entries: tuple[Entry, ...]


class Teller:
    """Tells the reasons of verdicts about one record, and what to ask. An atom that decides several rules is told once.

    The entries that it was given live as long as it does, so that their identity stands for them.
    """

    __slots__ = ("_known", "pointers")

    def __init__(self, pointers: Pointers) -> None:
        self.pointers = pointers
        self._known: dict[tuple[int, str | None, Wanted | None], tuple[AtomEntry, Because | None]] = {}

    def reasons(self, traces: Iterable[ItemTrace], wanted: Wanted | None) -> tuple[Because, ...]:
        """The deciding atoms, each once, in the order in which they were judged; without any, the list looked at.

        Args:
            traces: what decided the rule.
            wanted: which text of an atom says what the rule requires; None where a verdict is no matter of requirements.
        """
        found: dict[Because, None] = {}
        for trace in traces:
            before = len(found)
            for entry in trace.entries:
                if entry.__class__ is AtomEntry and (because := self._because(entry, trace.item, wanted)):
                    found[because] = None
            if len(found) == before:
                found.update(dict.fromkeys(_lists(trace, self.pointers)))
        return tuple(found)

    def _because(self, entry: AtomEntry, item: str | None, wanted: Wanted | None) -> Because | None:
        key = id(entry), item, wanted
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = entry, _because(entry, item, self.pointers, wanted)
        return known[1]

    def queries(self, rule: str, ask: str | None, traces: Iterable[ItemTrace]) -> tuple[Query, ...]:
        """What to supply so that a rule can be decided: each unknown value met, else what was not exact enough.

        Args:
            rule: the rule's id.
            ask: the rule's own words for a list that is missing or holds nothing that decides.
            traces: what was read of the items that are undecided.
        """
        asked: dict[str, Query] = {}
        for trace in traces:
            reads = list(_leaf_reads(trace.entries))
            unknown = [read for read in reads if read[2] is None] or [read for read in reads if not _is_exact(read[2])]
            lists = [] if unknown else list(_list_reads(trace.entries))
            for owner, element, value in unknown or lists or reads[:1]:
                pointer = self.pointers.to(owner, element.field)
                general = ask if ask and not unknown else None
                kind: type[Part] = type(owner)
                words = general or describe(kind, element.field, exact=value is not None)
                asked.setdefault(pointer, Query(pointer, rule, words))
        return tuple(asked.values())


def _lists(trace: ItemTrace, pointers: Pointers) -> Iterator[Because]:
    for owner, element, value in _list_reads(trace.entries):
        observed = f"{len(value)} recorded" if value else "none"
        yield Because(pointers.to(owner, element.field), observed, None, trace.item)


def _flat(entries: Iterable[Entry]) -> Iterator[Read]:
    """The reads of entries; an atom may hold those of the definitions that it names."""
    for entry in entries:
        if isinstance(entry, AtomEntry):
            yield from _flat(entry.reads)
        else:
            yield entry


def _because(entry: AtomEntry, item: str | None, pointers: Pointers, wanted: Wanted | None) -> Because | None:
    info, _, result, reads = entry
    required = getattr(info, wanted) if wanted else None
    if len(reads) == 1 and reads[0].__class__ is tuple and type(reads[0][2]) in _DATA:
        read = reads[0]
        return Because(pointers.to(read[0], read[1].field), recorded(read) if read[2] is not None else None, required, item)
    owners = list(_flat(reads))
    leaves = [read for read in owners if type(read[2]) in _DATA or not _is_branch(read[2])]
    if not leaves:
        if not owners:
            return None
        owner, element, value = owners[0]
        return Because(pointers.to(owner, element.field), "none" if value == () else None, required, item)
    open_reads = [read for read in leaves if read[2] is None]
    if result is None and not open_reads:
        open_reads = [read for read in leaves if not _is_exact(read[2])]
    decisive = open_reads[0] if open_reads else _most_specific(leaves, pointers)
    pointer = pointers.to(decisive[0], decisive[1].field)
    return Because(pointer, _observed(entry, leaves, decisive), required, item)


def _most_specific(leaves: list[Read], pointers: Pointers) -> Read:
    """Of several data, the one that belongs to an item of a list: the date of a visit, not that of the procedure."""
    if len(leaves) == 1:
        return leaves[0]
    for read in leaves:
        if pointers.is_within_list(read[0]):
            return read
    return leaves[0]


def _observed(entry: AtomEntry, leaves: list[Read], decisive: Read) -> str | None:
    if decisive[2] is None:
        return None
    if len(leaves) == 1:
        return recorded(decisive)
    if entry.observed is None or isinstance(entry.observed, bool):
        return ", ".join(dict.fromkeys(recorded(read) for read in leaves))
    return shown(entry.observed)


def recorded(read: Read) -> str:
    """A value as it stands in the record, before units and offsets were seen to."""
    value = read[2]
    if type(value) is not str and type(value) is not bool:
        raw = getattr(read[0], read[1].field, None) if read[1].field else None
        if raw is not None and not isinstance(raw, Part):
            value = raw
    return shown(value)


def shown(value: Any) -> str:
    """A value for people: digits as recorded, words bare."""
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is str:
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Uncertainty):
        return f"{shown(value.low)} to {shown(value.high)}"
    if isinstance(value, Quantity) and value.unit == "1":
        return shown(value.value)
    if isinstance(value, tuple):
        return ", ".join(map(shown, value)) or "none"
    return str(value)


def _leaf_reads(entries: Iterable[Entry]) -> Iterator[Read]:
    return (read for read in _flat(entries) if not _is_branch(read[2]))


def _list_reads(entries: Iterable[Entry]) -> Iterator[Read]:
    return (read for read in _flat(entries) if isinstance(read[2], tuple))


_DATA: Final = frozenset({type(None), bool, int, str, Decimal, Date, DateTime, Quantity})
"""The types of most data, told without a closer look."""


def _is_branch(value: Any) -> bool:
    """Whether a value holds parts of the record instead of being a datum itself."""
    return isinstance(value, Part) or (isinstance(value, tuple) and (not value or isinstance(value[0], Part)))


def _is_exact(value: Any) -> bool:
    """Whether a value leaves nothing open: a full date, an instant with its time of day."""
    components = getattr(value, "components", None)
    return components is None or None not in components[:5]


@cache
def describe(owner: type[Part], field: str, *, exact: bool = False) -> str:
    """The words that ask for a field of the record; for a value that is there but not exact, more exactly."""
    names = [field] if field else [name for name in ("value", "unit") if name in owner.model_fields]
    words = " and ".join(owner.model_fields[name].description or name for name in names)
    return f"{words}, more exactly" if exact else words
