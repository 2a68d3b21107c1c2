"""A trial folder as making participants sees it: the engine's judgment, and what its rules look at."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.constants import constants, constants_together, precisions, reads_clock
from precise_cal.engine.cql.errors import CqlError
from precise_cal.engine.cql.reads import reads
from precise_cal.engine.incremental import IncrementalJudge
from precise_cal.engine.rulebook.parameter_tables import single
from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.pointer import steps_of
from precise_cal.protocol.verdicts import CRITERIA, LADDERS
from precise_cal.simulate.moments import UNITS
from precise_cal.simulate.trial import Period, Subject, Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.incremental import JudgedDocument
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key, Site
    from precise_cal.simulate.trial import Judged, Pointer, Record

_ENROLLED: Final = "enrolled"
_ENROLLED_AT: Final = "enrolled_at"
_LATER: Final = ("treated", "left")


def trial_of(book: Rulebook, examples: Iterable[Record] = ()) -> Trial:
    """What making participants needs to know of a trial, and participants that it has already."""
    rules: dict[str, list[ExecutableRule]] = {}
    for edition in editions_of(book):
        for rule in edition.rules:
            rules.setdefault(rule.rule.id, []).append(rule)
    subjects = {name: _subject(versions) for name, versions in rules.items()}
    criteria = {name for name, versions in rules.items() if versions[0].kind in CRITERIA}
    return Trial(
        schema=book.schema,
        study=book.version.study_id,
        version=book.version.version,
        utc_offset_minutes=book.utc_offset_minutes,
        first_day=_first_day(book),
        criteria=tuple(one for name, one in subjects.items() if name in criteria),
        others=tuple(one for name, one in subjects.items() if name not in criteria),
        roles={one.id: one for one in map(partial(_role, book), _stages(book))},
        required=book.required_by_gate,
        judge=_Judge(book),
        sites=tuple(site.id for site in (book.timeline.sites or {}).values()),
        periods=_periods(book),
        edition_at=partial(_edition_at, book),
        examples=tuple(examples),
        unique=tuple(tuple(one.field.split(".")) for one in book.study.across.unique),
    )


def _periods(book: Rulebook) -> tuple[Period, ...]:
    """When and where each edition of the rules comes into force first; none where there is one alone."""
    timeline, begin = book.timeline, _first_day(book)
    sites: list[Site | None] = [*(timeline.sites or {}).values()] or [None]
    first: dict[Key, Period] = {}
    for site in sites:
        for key, (start, end) in timeline.spans(site).items():
            day = max(begin, _activated(site), datetime.date.fromordinal(start))
            known = first.get(key)
            if day.toordinal() <= end and (known is None or day < known.first_day):
                rules = frozenset(book.edition_of(key).by_id)
                first[key] = Period(key, None if site is None else site.id, day, rules)
    return tuple(sorted(first.values(), key=lambda one: one.first_day)) if len(timeline.keys) > 1 else ()


def _activated(site: Site | None) -> datetime.date:
    return (site.activated if site else None) or datetime.date.min


def _edition_at(book: Rulebook, name: str, day: datetime.date) -> Key | None:
    """The edition in force at a site on a day; None before the site is activated."""
    site = book.timeline.site(name)
    if day < _activated(site):
        return None
    return book.timeline.candidates(name, day.toordinal(), day.toordinal())[-1]


def _subject(versions: list[ExecutableRule]) -> Subject:
    conditions = [one for rule in versions for one in rule.conditions.values()]
    conditions += [one for rule in versions if rule.scope for one in (rule.scope.member, rule.scope.items)]
    paths = {path for rule in versions for path in reads_of(rule).ends}
    words = LADDERS[versions[0].kind].words_with({name for rule in versions for name in rule.conditions})
    return Subject(
        id=versions[0].rule.id,
        words=words,
        paths=tuple(sorted(paths)),
        constants=constants(*conditions),
        units=_units(conditions),
        reads_clock=reads_clock(*conditions),
        together=constants_together(*conditions),
    )


def _units(conditions: list[Compiled]) -> tuple[str, ...]:
    return tuple(unit for one in precisions(*conditions) if (unit := f"{one}s") in UNITS)


def _stages(book: Rulebook) -> tuple[str, ...]:
    """The roles that tell how far a participant has come; who is enrolled may be told by when."""
    enrolled = _ENROLLED if _ENROLLED in book.roles else _ENROLLED_AT
    return tuple(name for name in (enrolled, *_LATER) if name in book.roles)


def _role(book: Rulebook, name: str) -> Subject:
    condition = book.roles[name]
    stage = _ENROLLED if name == _ENROLLED_AT else name
    return Subject(stage, (), tuple(sorted(reads(condition).ends)), constants(condition), ())


def _first_day(book: Rulebook) -> datetime.date:
    """The first day on which every parameter has a value, but those that came with a later version of the protocol."""
    date_of = book.timeline.date_of
    later = {one.id for one in book.study.versions[1:]}
    firsts = [min((date_of(value.since), value.since) for value in one.values) for one in single(book.study.parameters)]
    return max((day for day, since in firsts if since not in later), default=datetime.date(2026, 1, 5))


@dataclass(frozen=True)
class _Judged:
    """What the rules say of a drawn record, with places as names and positions."""

    here: JudgedDocument

    @property
    def words(self) -> Mapping[str, str]:
        return self.here.words

    @property
    def roles(self) -> Mapping[str, bool | None]:
        return {_ENROLLED if name == _ENROLLED_AT else name: _yes(value) for name, value in self.here.roles.items()}

    @property
    def reversals(self) -> int:
        return self.here.reversals

    @property
    def effort(self) -> int:
        return self.here.effort

    def pointers(self, name: str) -> tuple[Pointer, ...]:
        return tuple(_pointer(one, self.here.document) for one in self.here.pointers(name))

    def missing(self, name: str, words: frozenset[str]) -> int:
        return self.here.missing(name, words)


def _yes(value: Any) -> bool | None:
    """A truth value; of a moment, that there is one."""
    return value if isinstance(value, bool) else None if value is None else True


class _Judge:
    """Judges drawn records; what the engine refuses is None."""

    def __init__(self, book: Rulebook) -> None:
        self._judge = IncrementalJudge(book, _stages(book))

    def __call__(self, record: Record, before: Judged | None = None) -> _Judged | None:
        try:
            return _Judged(self._judge.judge(record, before.here if isinstance(before, _Judged) else None))
        except (RecordError, CqlError):
            return None


def _pointer(text: str, document: Any) -> Pointer:
    """The names and positions of a JSON Pointer."""
    found: list[str | int] = []
    for name in steps_of(text):
        step: str | int = int(name) if isinstance(document, list) else name
        found.append(step)
        inside = (isinstance(step, int) and step < len(document)) or isinstance(document, dict)
        document = (document.get(step) if isinstance(document, dict) else document[step]) if inside else None
    return tuple(found)
