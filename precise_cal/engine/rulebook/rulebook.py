"""The rulebook: rules whose conditions are compiled, in the edition that holds on a given day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from precise_cal.engine.rulebook.edition import Lineup

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.across_form import AcrossRules
    from precise_cal.engine.rulebook.chronology import Chronology
    from precise_cal.engine.rulebook.consequences import DeviationRules
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.protocol_form import ProtocolFile
    from precise_cal.engine.rulebook.reporting import Reporting
    from precise_cal.engine.rulebook.reuse import Reuse
    from precise_cal.engine.rulebook.timeline import Key, Site, Timeline
    from precise_cal.protocol.from_json import RecordReader
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.report import Protocol
    from precise_cal.protocol.schema.tree import RecordSchema


@dataclass(slots=True)
class Rulebook:
    """The rules of a trial, with an edition for each amendment. All are compiled when rules are loaded."""

    folder: Path
    records: RecordReader
    """Reads the records that the trial has."""
    version: Protocol
    """What reports say of the rules."""
    utc_offset_minutes: int
    """The offset from UTC in which the study counts calendar days."""
    required_by_gate: frozenset[str]
    """The conduct rules that the gate needs beside every criterion."""
    deviations: DeviationRules
    chronology: Chronology
    """The moments that must not be reversed."""
    timeline: Timeline
    """The versions of the protocol, the sites that adopt them, and the days on which something changes."""
    allocation: frozenset[str] | None = None
    """The rules whose words could differ between the arms (`reading.allocation_rules`), where that was asked before."""
    looked: str = ""
    """What each rule looks at (`looked.looked_text`), where that was asked before."""
    _loaded: Loaded | None = None
    _editions: dict[Key, Edition] = field(default_factory=dict)
    _roles: Mapping[str, Compiled] | None = None
    _across: AcrossRules | None = None
    _reporting: Reporting | None = None
    _varied: dict[str, Rulebook] = field(default_factory=dict)
    _varies: Rulebook | None = None
    """Of a variation, the rulebook that it varies."""
    _readers: dict[str, Callable[[Part], Any]] = field(default_factory=dict)
    _lineup: tuple[Lineup, ...] = ()
    _parameters: dict[Key, Mapping[str, Effective]] = field(default_factory=dict)

    @property
    def days(self) -> tuple[datetime.date, ...]:
        """The days on which something changes for every site."""
        return self.timeline.days

    @property
    def schema(self) -> RecordSchema:
        """The form of the records."""
        return self.records.schema

    @property
    def study(self) -> ProtocolFile:
        """The study, its arms, scopes and parameters."""
        return self.loaded.protocol

    @property
    def sha256(self) -> str:
        """Over the names and contents of the rule files."""
        return self.version.sha256

    @property
    def loaded(self) -> Loaded:
        """The files as written, with the places of their entries; read when they are asked for."""
        if self._loaded is None:
            from precise_cal.engine.rulebook.load import load

            self._loaded = load(self.folder)
        return self._loaded

    def varied(self, values: Mapping[str, Any]) -> Rulebook:
        """The same rules with other values of some parameters, by id; itself where there are none.

        Raises:
            KeyError: there is no such parameter.
            ValueError: a value does not fit its parameter's type.
        """
        if not values:
            return self
        key = repr(sorted(values.items()))
        if key not in self._varied:
            from precise_cal.engine.rulebook.parameters import replaced

            protocol = self.study.model_copy(update={"parameters": replaced(self.study.parameters, values)})
            self._varied[key] = self.with_files(replace(self.loaded, protocol=protocol))
        return self._varied[key]

    def with_files(self, loaded: Loaded) -> Rulebook:
        """The same rulebook of files in which parameters hold other values, or entries are written otherwise.

        What uses nothing of the difference is taken over. Entries that are the same are the same objects.
        """
        return replace(
            self,
            _loaded=loaded,
            allocation=None,
            looked="",
            _editions={},
            _roles=None,
            _across=None,
            _varied={},
            _varies=self,
            _readers={},
            _lineup=(),
            _parameters={},
        )

    def at_sites(self, sites: Iterable[Site]) -> Rulebook:
        """The same rules where these sites, and no others, are known, with the days on which they adopted versions."""
        from precise_cal.engine.rulebook.timeline import Timeline
        from precise_cal.protocol.identifiers import skeleton

        known = {skeleton(one.id): one for one in sites}
        return replace(self, timeline=Timeline(self.timeline.versions, self.timeline.days, known))

    @property
    def roles(self) -> Mapping[str, Compiled]:
        """The roles of the trial, by name; empty where its folder names none.

        Raises:
            RuleFileError: a role is wrong.
        """
        if self._roles is None:
            self._roles = self._compile_roles()
        return self._roles

    def role(self, name: str, record: Part) -> Any:
        """A role of a record, as recorded where it is one field; None where it is unknown, or there is no such role."""
        read = self._readers.get(name)
        if read is None:
            from precise_cal.engine.rulebook.roles import role_reader

            read = role_reader(self.schema, name, lambda: self.roles, self.utc_offset_minutes)
            self._readers[name] = read
        return read(record)

    def is_enrolled(self, record: Part) -> bool:
        """Whether a participant is known to be enrolled; without such a role, whoever has a moment of enrollment is."""
        if "enrolled" in self.schema.roles:
            return self.role("enrolled", record) is True
        return self.role("enrolled_at", record) is not None

    def _compile_roles(self) -> Mapping[str, Compiled]:
        from precise_cal.engine.rulebook.roles import compiled_roles

        return compiled_roles(self.loaded, self.utc_offset_minutes)

    @property
    def reporting(self) -> Reporting:
        """What documents say of the trial.

        Raises:
            RuleFileError: ``report.yaml`` is wrong.
        """
        if self._reporting is None:
            self._reporting = self._compile_reporting()
        return self._reporting

    def _compile_reporting(self) -> Reporting:
        from precise_cal.engine.rulebook.reporting import reporting_of

        return reporting_of(self.loaded, self.utc_offset_minutes)

    def check_reporting(self) -> None:
        """See that roles and what documents say can be compiled. Raises: RuleFileError, where one of them cannot."""
        self._roles = self._compile_roles()
        self._reporting = self._compile_reporting()

    def functions(self) -> Iterator[tuple[str, Compiled, bool]]:
        """What judging a participant calls: words that name it, the expression, and whether its function has reasons.

        Raises:
            RuleFileError: a role or a condition is wrong.
        """
        yield from ((f"role {name}", role, False) for name, role in self.roles.items())
        for key in self.timeline.keys:
            edition = self.edition_of(key)
            for rule in edition.rules:
                yield from rule.functions()
            for population in edition.populations:
                yield from population.functions()
            for name in edition.environment.definition_sources:
                definition = edition.environment.definition(name)
                yield from ((f"define {name}", definition, reasons) for reasons in (False, True))

    def edition(self, day: datetime.date | None) -> Edition:
        """The edition that holds on a day, by the dates of the versions; the first one without a day.

        Raises:
            RuleFileError: a condition is wrong.
        """
        return self.edition_of(self.timeline.keys[0] if day is None else self.timeline.on(day))

    @property
    def latest(self) -> Edition:
        """The last edition. Raises: RuleFileError."""
        return self.edition_of(self.timeline.keys[-1])

    def edition_of(self, key: Key) -> Edition:
        """An edition. Raises: RuleFileError, where a condition is wrong."""
        found = self._editions.get(key)
        if found is None:
            from precise_cal.engine.rulebook.build import build

            found = build(self.loaded, self.utc_offset_minutes, self.timeline, key, self._reuse(key))
            self._editions[key] = found
        return found

    def _reuse(self, key: Key) -> Reuse | None:
        """What an edition has in common: of a variation, with what it varies; else with an edition that is there."""
        from precise_cal.engine.rulebook.parameters import differing
        from precise_cal.engine.rulebook.reuse import Reuse, changed_definitions, rewritten_rules

        book, other = (self._varies, key) if self._varies is not None else (self, next(iter(self._editions), key))
        edition = book._editions.get(other)  # noqa: SLF001 - of the same class
        if edition is None or edition.names is None:
            return None
        values = differing(book.parameters_of(other), self.parameters_of(key))
        if book is self:
            return Reuse(edition, values)
        files = book.loaded, self.loaded
        return Reuse(edition, values, changed_definitions(*files), rewritten_rules(*files))

    @property
    def lineup(self) -> tuple[Lineup, ...]:
        """Every rule of any edition, in order of the report. Raises: RuleFileError."""
        if not self._lineup:
            known: dict[str, Lineup] = {}
            for key in self.timeline.keys:
                for rule in self.edition_of(key).rules:
                    known.setdefault(rule.rule.id, Lineup(rule.rule.id, rule.kind, rule.place, rule.at))
            self._lineup = tuple(sorted(known.values(), key=lambda one: one.place))
        return self._lineup

    def parameters_of(self, key: Key) -> Mapping[str, Effective]:
        """The parameters of an edition, by id."""
        if key not in self._parameters:
            from precise_cal.engine.rulebook.parameters import effective

            self._parameters[key] = effective(self.study.parameters, self.timeline, key)
        return self._parameters[key]

    @property
    def across(self) -> AcrossRules:
        """What must hold among participants."""
        if self._across is None:
            from precise_cal.engine.rulebook.across_form import across_of

            self._across = across_of(self.study.across, self.parameters_of(self.timeline.keys[-1]))
        return self._across

    def rule_in(self, key: Key, identifier: str) -> ExecutableRule | None:
        """A rule as it is in an edition; None where it does not hold there. Raises: RuleFileError."""
        return self.edition_of(key).by_id.get(identifier)

    @property
    def rules(self) -> dict[str, ExecutableRule]:
        """Every rule as it is in the last edition that has it, by its id. Raises: RuleFileError."""
        found = {one.id: [self.rule_in(key, one.id) for key in self.timeline.keys] for one in self.lineup}
        return {name: [rule for rule in rules if rule is not None][-1] for name, rules in found.items()}
