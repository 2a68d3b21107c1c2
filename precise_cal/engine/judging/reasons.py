"""From the trace of an evaluation to the reasons of a verdict, and to the questions that would decide it."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.engine.cql.state import AtomEntry
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.components import Precision
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.part import Part
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.report import Because, Query
from precise_cal.protocol.schema.tree import UNIT, VALUE, PartSchema
from precise_cal.protocol.temporal import Date, DateTime

Wanted = Literal["required", "otherwise", "limit"]
"""What an atom says of what the rule requires: what makes it true, or what makes it false; or the former if a limit."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from precise_cal.engine.cql.state import AtomInfo, Entry, Read
    from precise_cal.engine.judging.pointers import Pointers


NO_QUESTIONS: Final[Mapping[str, str]] = MappingProxyType({})


@immutable()
class ItemTrace:
    """What decided a rule for one item; for the participant as a whole, `item` is None."""

    item: str | None
    entries: tuple[Entry, ...]


class Teller:
    """Tells the reasons of verdicts about one record, and what to ask. What is equal is one reason, whatever asked.

    Args:
        pointers: to the parts of the record.
        questions: by pointer, what to ask of a datum whatever rule needs it.
    """

    __slots__ = ("_made", "pointers", "questions")

    def __init__(self, pointers: Pointers, questions: Mapping[str, str] = NO_QUESTIONS) -> None:
        self.pointers = pointers
        self.questions = questions
        self._made: dict[tuple[str, str | None, str | None, str | None], Because] = {}

    def reasons(self, traces: Iterable[ItemTrace], wanted: Wanted | None) -> tuple[Because, ...]:
        """The deciding atoms, each once, in the order in which they were judged; without any, the list looked at.

        Args:
            traces: what decided the rule.
            wanted: which text of an atom says what the rule requires; None where a verdict requires nothing.
        """
        found: dict[int, Because] = {}
        pointers, make = self.pointers, self._make
        for trace in traces:
            before, item = len(found), trace.item
            for entry in trace.entries:
                if entry.__class__ is AtomEntry:
                    datum = _datum(entry, pointers)
                    if datum is not None:
                        because = make(*datum, _required(entry[0], wanted), item)
                        found[id(because)] = because
            if len(found) == before:
                found.update((id(one), one) for one in self._lists(trace))
        return tuple(found.values())

    def _make(self, pointer: str, observed: str | None, required: str | None, item: str | None) -> Because:
        """A reason; the same one for what is equal, so that reasons are told apart by their identity."""
        key = pointer, observed, required, item
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = Because(pointer, observed, required, item)
        return made

    def _lists(self, trace: ItemTrace) -> Iterator[Because]:
        for owner, element, value in _list_reads(trace.entries):
            observed = _count(len(value)) if value else "none"
            yield self._make(self.pointers.to(owner, element.field), observed, None, trace.item)

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
            missing = [read for read in reads if _is_missing(read)]
            unknown = missing or [read for read in reads if not _is_exact(read[2])]
            lists = [] if unknown else list(_list_reads(trace.entries))
            for read in unknown or lists or reads[:1]:
                for field in _fields_to_ask(read):
                    pointer = self.pointers.to(read[0], field)
                    general = ask if ask and not unknown else None
                    words = self.questions.get(pointer) or general or _question(read, field)
                    asked.setdefault(pointer, Query(pointer, rule, words))
        return tuple(asked.values())

    def rests_on(self, traces: Iterable[ItemTrace], pointers: frozenset[str]) -> bool:
        """Whether data of certain places were read, and none that is missing."""
        reads = [read for trace in traces for read in _leaf_reads(trace.entries)]
        found = any(self.pointers.to(owner, element.field) in pointers for owner, element, _ in reads)
        return found and all(value is not None for _, _, value in reads)


@cache
def _count(items: int) -> str:
    return message("{ $count } recorded", count=items)


def _flat(entries: Iterable[Entry]) -> Iterator[Read]:
    """The reads of entries, and those of the definitions that an atom names, each of which is looked into once."""
    seen: set[int] = set()
    waiting = [iter(entries)]
    while waiting:
        for entry in waiting[-1]:
            if not isinstance(entry, AtomEntry):
                yield entry
            elif id(entry) not in seen:
                seen.add(id(entry))
                waiting.append(iter(entry.reads))
                break
        else:
            waiting.pop()


def _required(info: AtomInfo, wanted: Wanted | None) -> str | None:
    """What the rule requires of an atom."""
    if wanted is None or wanted == "otherwise":
        return info.otherwise if wanted else None
    required = info.required
    return None if wanted == "limit" and required is not None and required[0] not in "<>" else required


def _datum(entry: AtomEntry, pointers: Pointers) -> tuple[str, str | None] | None:
    """The pointer of the datum that an atom shows, and the datum as it shows it."""
    reads: Sequence[Any] = entry[3]
    if len(reads) == 1 and type(reads[0][2]) in _DATA and reads[0].__class__ is tuple:
        (read,) = reads
        return pointers.to(read[0], read[1].field), None if read[2] is None else recorded(read)
    leaves: list[Read] = []
    for read in reads:
        if isinstance(read, AtomEntry):
            reads = tuple(_flat(reads))
            leaves = [read for read in reads if not _is_branch(read[2])]
            break
        if type(read[2]) in _DATA or not _is_branch(read[2]):
            leaves.append(read)
    if not leaves:
        if not reads:
            return None
        owner, element, value = reads[0]
        return pointers.to(owner, element.field), _there(entry, value)
    decisive = _decisive(leaves, entry.result, pointers)
    return pointers.to(decisive[0], decisive[1].field), _observed(entry, leaves, decisive)


def _there(entry: AtomEntry, value: Any) -> str | None:
    """What an atom shows that looked at a list or a part, and at nothing within it; None where there is none."""
    if value is None or entry.result is None:
        return None
    if entry.observed is not None and not isinstance(entry.observed, bool | tuple) and not _is_branch(entry.observed):
        return shown(entry.observed)
    if isinstance(value, tuple):
        has_none = entry.result is False and "at least one" in (entry.info.required, entry.info.otherwise)
        return _count(len(value)) if value and not has_none else "none"
    return message("recorded")


def _decisive(leaves: Sequence[Read], result: bool | None, pointers: Pointers) -> Read:
    """The datum to show: one that is missing, or not exact enough; else the one that belongs to an item of a list.

    That is the date of a visit rather than the date of the procedure beside it.
    """
    for read in leaves:
        if read[2] is None:
            return read
    if result is None:
        for read in leaves:
            if not _is_exact(read[2]):
                return read
    if len(leaves) > 1:
        listed = pointers.listed
        for read in leaves:
            if id(read[0]) in listed:
                return read
    return leaves[0]


def _observed(entry: AtomEntry, leaves: Sequence[Read], decisive: Read) -> str | None:
    if decisive[2] is None:
        return None
    if len(leaves) == 1 or getattr(decisive[2], "precision", None) is Precision.NOTHING:
        return recorded(decisive)
    if entry.observed is None or isinstance(entry.observed, bool):
        return ", ".join(dict.fromkeys(map(recorded, leaves)))
    return shown(entry.observed)


def recorded(read: Read) -> str:
    """A value as it stands in the record, before units and offsets were seen to."""
    owner, element, value = read
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool or not element.field:
        return shown(value)
    raw = getattr(owner, owner.form.by_name[element.field].attribute)
    return shown(value if raw is None or _is_branch(raw) else raw)


def shown(value: Any) -> str:
    """A value for people: digits as recorded, words bare."""
    return _SHOWN.get(type(value), str)(value)


def _shown_quantity(value: Quantity) -> str:
    return shown(value.value) if value.unit == "1" else str(value)


def _shown_list(values: tuple[Any, ...]) -> str:
    return ", ".join(map(shown, values)) or "none"


_SHOWN: Final[dict[type, Callable[[Any], str]]] = {
    bool: lambda value: "true" if value else "false",
    Decimal: lambda value: f"{value:f}",
    Uncertainty: lambda value: f"{shown(value.low)} to {shown(value.high)}",
    Quantity: _shown_quantity,
    tuple: _shown_list,
}


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


def read_of(entries: Iterable[Entry], value: Any, pointers: Pointers) -> tuple[str, str] | None:
    """The datum that a value is: its pointer, and the words that ask for it; None where no datum was read.

    That is one with the same value; where a value was made of several, the one that is not exact, or missing.
    """
    reads = list(_leaf_reads(entries))
    same = [read for read in reads if value is not None and read[2] == value]
    open_ = [read for read in reads if not _is_exact(read[2])] or [read for read in reads if read[2] is None]
    found = next(iter(same or open_ or reads), None)
    return None if found is None else (pointers.to(found[0], found[1].field), describe(found[0].form, found[1].field))


def _is_missing(read: Read) -> bool:
    """Whether a datum is missing; a part that need not exist is not, where it does not."""
    owner, element, value = read
    if value is not None:
        return False
    field = owner.form.by_name.get(element.field)
    return field is None or field.known or not isinstance(field.type, PartSchema)


def _fields_to_ask(read: Read) -> tuple[str, ...]:
    """The field that a datum is; of a value and its unit, those that are missing."""
    owner, element, _ = read
    if element.field:
        return (element.field,)
    names = _amount(owner.form)
    return tuple(name for name in names if getattr(owner, owner.form.by_name[name].attribute) is None) or names


def _amount(form: PartSchema) -> tuple[str, str]:
    """The fields that hold the number and the unit of a part."""
    return form.amount or (VALUE.name, UNIT.name)


def _question(read: Read, field: str) -> str:
    """What to ask of a datum: for it, or where it is there and not exact, more exactly; for a unit with its number."""
    owner, element, value = read
    datum = describe(owner.form, field)
    number, unit = _amount(owner.form)
    if not element.field and field == unit:
        amount = getattr(owner, owner.form.by_name[number].attribute)
        return datum if amount is None else message("the unit of the recorded { $value }", value=shown(amount))
    if value is None or isinstance(value, tuple):
        return datum
    if _is_exact(value):
        return message("whether { $value } is right: { $datum }", datum=datum, value=recorded(read))
    return message("{ $datum }, more exactly than { $value }", datum=datum, value=recorded(read))


@cache
def describe(owner: PartSchema, field: str) -> str:
    """The words that ask for a field of the record; an empty one stands for the value and unit of the part itself."""
    words = [owner.by_name[name].about or name for name in ([field] if field else _amount(owner))]
    return words[0] if len(words) == 1 else Joined(" and ", words)
