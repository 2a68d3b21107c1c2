"""What is known of a trial when its participants are made: the form of records, what rules look at, and a judge."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from precise_cal.protocol.schema.tree import FieldSchema, RecordSchema

Path = tuple[str, ...]
"""The names that lead to a field of the record, positions in lists left out."""
Pointer = tuple[str | int, ...]
"""The names and positions that lead to a place of one record."""
Record = dict[str, Any]


@immutable()
class Subject:
    """Something that is judged, a rule or a role.

    Attributes:
        words: what it may say; empty for a role, which is true, false or unknown.
        paths: the fields that it looks at, and the lists and parts that it looks at as a whole.
        constants: what it holds them against.
        units: those in which it counts time.
        reads_clock: whether the moment of the question decides, which is the cut-off of the record.
        together: which of the constants stand in one part of its condition.
    """

    id: str
    words: tuple[str, ...]
    paths: tuple[Path, ...]
    constants: tuple[Any, ...]
    units: tuple[str, ...]
    reads_clock: bool = False
    together: tuple[tuple[Any, ...], ...] = ()

    def beside(self, words: Collection[Any]) -> tuple[Any, ...]:
        """The constants that stand in one part of the condition with any of these words."""
        found = [value for some in self.together if any(one in words for one in some) for value in some]
        return tuple(dict.fromkeys(found))


class Judged(Protocol):
    """What a trial says of a record."""

    @property
    def words(self) -> Mapping[str, str]:
        """What each rule says."""

    @property
    def roles(self) -> Mapping[str, bool | None]:
        """Whether the participant is enrolled, was treated, has left."""

    @property
    def reversals(self) -> int:
        """How many moments contradict each other."""

    @property
    def effort(self) -> int:
        """How many rules had to be judged for it."""

    def pointers(self, name: str) -> tuple[Pointer, ...]:
        """Where what decided a rule stands; of a role, nothing."""

    def missing(self, name: str, words: frozenset[str]) -> int:
        """Of a rule, and what it does not say but is to say, how many parts of its condition are not so yet."""


class Judge(Protocol):
    """Judges a record; None for one that is not valid, or that cannot be judged.

    What it has in common with one that was judged before is the same object, and need not be judged again.
    """

    def __call__(self, record: Record, before: Judged | None = None) -> Judged | None:
        """What the trial says of a record."""


@immutable()
class Period:
    """Days on which one edition of the rules is in force at a site.

    Attributes:
        edition: tells it from others; the same at every site.
        site: where it comes into force first; None of a trial that says nothing of its sites.
        first_day: from when there.
        rules: the ids of those that hold in it.
    """

    edition: Any
    site: str | None
    first_day: datetime.date
    rules: frozenset[str]


def _only_edition(_site: str, _day: datetime.date) -> Any:
    return None


@dataclass(frozen=True)
class Trial:
    """A trial folder, as far as making participants needs it.

    Attributes:
        schema: the form of its records.
        study: the id of the study.
        version: that of its protocol.
        utc_offset_minutes: the clock of the study.
        first_day: the first day on which all its parameters hold.
        criteria: the inclusion and exclusion criteria.
        others: the other rules.
        roles: those that tell how far a participant has come, as far as the trial has them.
        required: the other rules that the gate needs.
        judge: what its rules say of a record.
        sites: those that the folder names.
        periods: one for each edition of the rules, in order of time; none where there is one edition.
        edition_at: the edition in force at a site on a day, as the periods tell it.
        unique: fields of which no two participants have the same value.
        examples: participants that the folder has already, in its cases; the search may begin at one of them.
    """

    schema: RecordSchema
    study: str
    version: str
    utc_offset_minutes: int
    first_day: datetime.date
    criteria: tuple[Subject, ...]
    others: tuple[Subject, ...]
    roles: Mapping[str, Subject]
    required: frozenset[str]
    judge: Judge = field(repr=False)
    sites: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    edition_at: Callable[[str, datetime.date], Any] = field(default=_only_edition, repr=False)
    examples: tuple[Record, ...] = field(default=(), repr=False)
    unique: tuple[Path, ...] = ()

    @property
    def zone(self) -> datetime.tzinfo:
        """The clock of the study."""
        return datetime.timezone(datetime.timedelta(minutes=self.utc_offset_minutes))

    def during(self, period: Period) -> Trial:
        """The trial with the rules of a period alone."""
        criteria, others = (
            tuple(one for one in rules if one.id in period.rules) for rules in (self.criteria, self.others)
        )
        return replace(self, criteria=criteria, others=others)

    @cached_property
    def subjects(self) -> dict[str, Subject]:
        """Everything that is judged, by id."""
        return {one.id: one for one in (*self.criteria, *self.others, *self.roles.values())}

    @cached_property
    def constants(self) -> dict[Path, tuple[Any, ...]]:
        """What each field is, or may be, held against."""
        found: dict[Path, list[Any]] = {}
        for one in self.subjects.values():
            for path in one.paths:
                found.setdefault(path, []).extend(one.constants)
        return {path: tuple(dict.fromkeys(values)) for path, values in found.items()}

    def beside(self, words: Collection[Any]) -> tuple[Any, ...]:
        """The constants that stand in one part of any condition with any of these words."""
        return tuple(dict.fromkeys(value for one in self.subjects.values() for value in one.beside(words)))

    @cached_property
    def fields(self) -> dict[Path, FieldSchema]:
        """Every field of a record, by path."""
        return dict(self.schema.walk())

    def path_of(self, role: str) -> Path | None:
        """The field that a role is, where it is no more than a field."""
        path = tuple(self.schema.roles.get(role, "").strip().split("."))
        return path if path in self.fields else None
