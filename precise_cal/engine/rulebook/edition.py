"""Rules whose conditions are compiled, in the edition that holds from one amendment to the next."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.engine.cql.compile import function_of
from precise_cal.engine.cql.environment import Compiled
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.later import Later
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.populations import Population
    from precise_cal.engine.rulebook.schedule import Visit
    from precise_cal.protocol.report import UsedParameter
    from precise_cal.protocol.verdicts import RuleKind
    from precise_cal.protocol.wording import Language, Pattern

Condition = Compiled
Moment = Literal["consent", "enrollment", "visit"]
ASSUMED: Final = "assumed"
"""The name of the value that says, in brackets, that a limit is assumed; empty where none of the rule's is."""


@immutable()
class SentenceTemplate:
    """What a rule says where it has one of some verdicts.

    Attributes:
        words: the verdicts.
        when: whether it is said; None for always.
        values: what its patterns name.
        patterns: by language.
        is_assumed: whether a parameter that the rule uses is assumed.
        reveals: whether a value tells the allocation.
    """

    words: frozenset[str]
    when: Compiled | None
    values: Mapping[str, Compiled]
    patterns: Mapping[Language, Pattern]
    is_assumed: bool
    reveals: bool

    @property
    def conditions(self) -> tuple[Compiled, ...]:
        """Every expression of the template."""
        return (*((self.when,) if self.when is not None else ()), *self.values.values())


@immutable()
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


@immutable()
class RuleText:
    """What a rule says of itself; `files.Rule` describes it."""

    id: str
    title: str
    quote: str
    source: str
    ambiguities: tuple[str, ...]
    ietestcd: str | None
    deviation: str | None
    for_each: str | None
    ask: str | None
    frame: str | None
    """The definition that says from when to when."""


@immutable()
class NoticeText:
    """A notice as written."""

    code: str
    text: str


@immutable()
class QueryText:
    """A question as written, and the field of the record that answers it."""

    field: str
    ask: str


@immutable()
class ExecutableFinding:
    """Something that consequences follow from, with its conditions."""

    code: str
    when: Condition
    done: Condition | None
    at: Condition | None


@immutable()
class ExecutableNotice:
    """A notice with its condition."""

    notice: NoticeText
    when: Condition


@immutable()
class ExecutableQuery:
    """A question with the condition under which it is asked, whatever the verdict."""

    query: QueryText
    when: Condition
    item: Condition | None = None
    """The item of a list that holds the field."""
    values: Mapping[str, Condition] = field(default_factory=dict)
    """What the question names."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every expression of it."""
        return (self.when, *((self.item,) if self.item else ()), *self.values.values())


@immutable()
class ExecutableRule:
    """A rule with its conditions compiled."""

    rule: RuleText
    kind: RuleKind
    scope: ExecutableScope | None
    conditions: Mapping[str, Condition]
    findings: tuple[ExecutableFinding, ...]
    notices: tuple[ExecutableNotice, ...]
    queries: tuple[ExecutableQuery, ...]
    parameters: tuple[UsedParameter, ...]
    terms: str
    """What tells whether editions have the same rule: entry, quote, values of parameters, notices."""
    place: tuple[int, ...]
    """Its place in the order of the report."""
    at: Moment = "enrollment"
    """The moment that chooses the version of the protocol that judges."""
    visit_on: Condition | None = None
    """Of a rule that is judged at a visit, the day of the visit."""
    said_of: frozenset[str] = frozenset()
    """The verdicts of which it has sentences."""
    says: Later[tuple[SentenceTemplate, ...]] | None = None
    """Its findings in sentences; most participants need none."""
    slice: str | None = None
    """The expression of the rule's slice of a record (`slices`); None for a rule that has none."""

    def conditions_of_items(self) -> Iterator[Condition]:
        """Every condition that is judged for the participant, or for each item of the scope."""
        yield from self.conditions.values()
        yield from (notice.when for notice in self.notices)
        yield from (one for query in self.queries for one in query.conditions)
        for finding in self.findings:
            yield from (one for one in (finding.when, finding.done, finding.at) if one is not None)
        if self.visit_on is not None:
            yield self.visit_on
        if self.scope is not None:
            yield from (self.scope.key, self.scope.member)

    def compile(self) -> None:
        """Write every function that judging by this rule calls."""
        quiet = [*self.conditions.values()]
        quiet += [notice.when for notice in self.notices]
        quiet += [one for query in self.queries for one in query.conditions]
        for finding in self.findings:
            quiet += [one for one in (finding.when, finding.done, finding.at) if one is not None]
        for template in self.says.value if self.says else ():
            quiet += template.conditions
        told = [*self.conditions.values()]
        dated = [self.visit_on] if self.visit_on is not None else []
        quiet, told = [*quiet, *dated], [*told, *dated]
        if self.scope is not None:
            told += [self.scope.items, self.scope.member, self.scope.key]
        for condition in quiet:
            function_of(condition, reasons=False)
        for condition in told:
            function_of(condition, reasons=True)


@immutable()
class Lineup:
    """A rule in the order of the report, whatever it says in each edition."""

    id: str
    kind: RuleKind
    place: tuple[int, ...]
    at: Moment


@immutable()
class Names:
    """What conditions may name."""

    parameters: Mapping[str, Effective]
    environment: Environment
    used: frozenset[str]
    """Definitions, parameters and scopes that rules name, directly or through others."""


@immutable()
class Edition:
    """The rules with the parameters that hold from one amendment to the next."""

    rules: tuple[ExecutableRule, ...]
    populations: tuple[Population, ...]
    visits: tuple[Visit, ...]
    """The schedule."""
    names: Later[Names]
    by_id: Mapping[str, ExecutableRule] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {one.rule.id: one for one in self.rules})

    @property
    def parameters(self) -> Mapping[str, Effective]:
        """The parameters, by id."""
        return self.names.value.parameters

    @property
    def environment(self) -> Environment:
        """The names that expressions may use."""
        return self.names.value.environment
