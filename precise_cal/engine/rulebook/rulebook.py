"""The rulebook: rules whose conditions are compiled, in the edition that holds on a given day."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.engine.cql.environment import Compiled
from precise_cal.engine.rulebook.parameters import change_days
from precise_cal.protocol.report import Kind, Protocol, UsedParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.consequences import DeviationRules
    from precise_cal.engine.cql.environment import Environment
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


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules with the parameters that hold from one amendment to the next."""

    rules: tuple[ExecutableRule, ...]
    parameters: Mapping[str, Effective]
    environment: Environment
    """The names that expressions may use."""


@dataclass(slots=True)
class Rulebook:
    """The rules of a trial. An amendment makes a new edition, which is compiled when a participant first needs it."""

    loaded: Loaded
    deviations: DeviationRules
    _editions: dict[int, Edition] = field(default_factory=dict)
    _days: tuple[datetime.date, ...] = ()

    def __post_init__(self) -> None:
        self._days = change_days(self.loaded.protocol.parameters)

    @property
    def study(self) -> ProtocolFile:
        """The study, its arms, scopes and parameters."""
        return self.loaded.protocol

    @property
    def version(self) -> Protocol:
        """What reports say of the rules."""
        study = self.loaded.protocol.study
        return Protocol(study.id, study.version, self.loaded.sha256)

    @property
    def utc_offset_minutes(self) -> int:
        """The offset from UTC in which the study counts calendar days."""
        text = self.loaded.protocol.study.utc_offset
        minutes = int(text[1:3]) * 60 + int(text[4:6])
        return -minutes if text[0] == "-" else minutes

    @property
    def required_by_gate(self) -> frozenset[str]:
        """The conduct rules that the gate needs beside every criterion."""
        gates = (file.gate for file, _ in self.loaded.rules)
        return frozenset(identifier for gate in gates if gate for identifier in gate.requires)

    def edition(self, day: datetime.date | None) -> Edition:
        """The edition that holds on a day; the first one where the day is not known.

        Raises:
            RuleFileError: a condition is wrong.
        """
        index = bisect_right(self._days, day) if day is not None and self._days else 0
        if index not in self._editions:
            from precise_cal.engine.rulebook.build import build

            first = self._days[index - 1] if index else _FIRST_DAY
            self._editions[index] = build(self, first)
        return self._editions[index]
