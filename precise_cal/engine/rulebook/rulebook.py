"""The rulebook: rules whose conditions are compiled, in the edition that holds on a given day."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.environment import Compiled
from precise_cal.protocol.report import Kind, Protocol, UsedParameter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from precise_cal.engine.consequences import DeviationRules
    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.later import Later
    from precise_cal.engine.rulebook.files import Finding, Notice, ProtocolFile, Query, Rule
    from precise_cal.engine.rulebook.load import Loaded
    from precise_cal.engine.rulebook.parameters import Effective

Condition = Compiled
CONDITIONS: Final = (
    "met_when",
    "present_when",
    "applies_when",
    "due_when",
    "compliant_when",
    "review_when",
    "occurred_when",
    "pending_when",
)
_FIRST_DAY: Final = datetime.date.min


@dataclass(frozen=True, slots=True)
class ExecutableScope:
    """The items a rule is judged for."""

    id: str
    word: str
    variable: str
    items: Condition
    key: Condition
    member: Condition
    ask: str
    field: str


@dataclass(frozen=True, slots=True)
class ExecutableFinding:
    """Something that consequences follow from, with its conditions."""

    finding: Finding
    when: Condition
    done: Condition | None
    at: Condition | None


@dataclass(frozen=True, slots=True)
class ExecutableNotice:
    """A notice with its condition."""

    notice: Notice
    when: Condition


@dataclass(frozen=True, slots=True)
class ExecutableQuery:
    """A question with the condition under which it is asked, whatever the verdict."""

    query: Query
    when: Condition


@dataclass(frozen=True, slots=True)
class ExecutableRule:
    """A rule with its conditions compiled."""

    rule: Rule
    kind: Kind
    scope: ExecutableScope | None
    conditions: Mapping[str, Condition]
    findings: tuple[ExecutableFinding, ...]
    notices: tuple[ExecutableNotice, ...]
    queries: tuple[ExecutableQuery, ...]
    parameters: tuple[UsedParameter, ...]
    slice: str | None = None
    """The expression of the rule's slice of a record (`slices`); None for a rule that has none."""

    def compile(self) -> None:
        """Write every function that judging by this rule calls."""
        quiet = [*self.conditions.values()]
        quiet += [notice.when for notice in self.notices]
        quiet += [query.when for query in self.queries]
        for finding in self.findings:
            quiet += [one for one in (finding.when, finding.done, finding.at) if one is not None]
        told = [*self.conditions.values()]
        if self.scope is not None:
            told += [self.scope.items, self.scope.member, self.scope.key]
        for condition in quiet:
            condition.function(reasons=False)
        for condition in told:
            condition.function(reasons=True)


@dataclass(frozen=True, slots=True)
class Names:
    """What conditions may name."""

    parameters: Mapping[str, Effective]
    environment: Environment


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules with the parameters that hold from one amendment to the next."""

    rules: tuple[ExecutableRule, ...]
    names: Later[Names]

    @property
    def parameters(self) -> Mapping[str, Effective]:
        """The parameters, by id."""
        return self.names.value.parameters

    @property
    def environment(self) -> Environment:
        """The names that expressions may use."""
        return self.names.value.environment


@dataclass(slots=True)
class Rulebook:
    """The rules of a trial. An amendment makes a new edition, which is compiled when a participant first needs it."""

    folder: Path
    study: ProtocolFile
    """The study, its arms, scopes and parameters."""
    sha256: str
    """Over the names and contents of the rule files."""
    required_by_gate: frozenset[str]
    """The conduct rules that the gate needs beside every criterion."""
    deviations: DeviationRules
    days: tuple[datetime.date, ...]
    """The days on which an amendment changes a parameter."""
    _loaded: Loaded | None = None
    _editions: dict[int, Edition] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Any, ...]:
        kept = (self.folder, self.study, self.sha256, self.required_by_gate, self.deviations, self.days)
        return type(self), (*kept, None, self._editions)

    @property
    def loaded(self) -> Loaded:
        """The files as written, with the places of their entries; read when they are asked for."""
        if self._loaded is None:
            from precise_cal.engine.rulebook.load import load

            self._loaded = load(self.folder)
        return self._loaded

    @property
    def version(self) -> Protocol:
        """What reports say of the rules."""
        return Protocol(self.study.study.id, self.study.study.version, self.sha256)

    @property
    def utc_offset_minutes(self) -> int:
        """The offset from UTC in which the study counts calendar days."""
        text = self.study.study.utc_offset
        minutes = int(text[1:3]) * 60 + int(text[4:6])
        return -minutes if text[0] == "-" else minutes

    def compile(self) -> None:
        """Make every edition, and every function that judging a participant calls.

        Raises:
            RuleFileError: a condition is wrong.
        """
        for day in (None, *self.days):
            edition = self.edition(day)
            for rule in edition.rules:
                rule.compile()
            for source in edition.environment.definitions:
                definition = edition.environment.definition(source.name)
                definition.function(reasons=False)
                definition.function(reasons=True)

    def edition(self, day: datetime.date | None) -> Edition:
        """The edition that holds on a day; the first one where the day is not known.

        Raises:
            RuleFileError: a condition is wrong.
        """
        index = bisect_right(self.days, day) if day is not None else 0
        if index not in self._editions:
            from precise_cal.engine.rulebook.build import build

            first = self.days[index - 1] if index else _FIRST_DAY
            self._editions[index] = build(self, first)
        return self._editions[index]
