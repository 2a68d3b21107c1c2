"""Rules whose conditions are compiled, in the edition that holds from one amendment to the next."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from precise_cal.engine.cql.environment import Compiled
from precise_cal.language.wording import quoted_in
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.cql.environment import Environment
    from precise_cal.engine.rulebook.populations import Population
    from precise_cal.engine.rulebook.schedule import Visit
    from precise_cal.language.wording import Language, Pattern
    from precise_cal.protocol.report import UsedParameter
    from precise_cal.protocol.verdicts import Ladder, RuleKind, VerdictWord

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
    quoted: Mapping[Language, frozenset[str]] = field(init=False, repr=False, compare=False)
    """By language, the values that stand in quotation marks."""

    def __post_init__(self) -> None:
        quoted = {language: frozenset(quoted_in(pattern)) for language, pattern in self.patterns.items()}
        object.__setattr__(self, "quoted", quoted)

    def named(self) -> Iterator[tuple[str, Compiled]]:
        """Every expression of the template, with its name."""
        if self.when is not None:
            yield "when", self.when
        yield from self.values.items()


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
    """What a rule says of itself; `rule_form.RuleEntry` describes it."""

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

    def named(self) -> Iterator[tuple[str, Condition]]:
        """Every expression of it, with its name."""
        yield "when", self.when
        if self.item is not None:
            yield "item", self.item
        yield from self.values.items()


class AskedRung(NamedTuple):
    """A rung of a ladder with the condition that a rule has for it; `is_needed`: it explains the other verdicts."""

    condition: Condition
    is_needed: bool
    when_true: VerdictWord | None
    when_false: VerdictWord | None


def asked_rungs(ladder: Ladder, conditions: Mapping[str, Condition]) -> tuple[AskedRung, ...]:
    """The rungs of a ladder of which there is a condition, in its order."""
    found = ((conditions.get(one.condition), one) for one in ladder.rungs)
    return tuple(AskedRung(has, one.condition == ladder.needed, *one[1:]) for has, one in found if has is not None)


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
    says: tuple[SentenceTemplate, ...] = ()
    """Its findings in sentences."""
    ladder: Ladder = field(init=False, repr=False, compare=False)
    """That of its kind."""
    rungs: tuple[AskedRung, ...] = field(init=False, repr=False, compare=False)
    """The rungs of the ladder of which it has the condition."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ladder", LADDERS[self.kind])
        object.__setattr__(self, "rungs", asked_rungs(self.ladder, self.conditions))

    def conditions_of_items(self) -> Iterator[Condition]:
        """Every condition that is judged for the participant, or for each item of the scope."""
        yield from self.conditions.values()
        yield from (notice.when for notice in self.notices)
        yield from (one for query in self.queries for _, one in query.named())
        for finding in self.findings:
            yield from (one for one in (finding.when, finding.done, finding.at) if one is not None)
        if self.visit_on is not None:
            yield self.visit_on
        if self.scope is not None:
            yield from (self.scope.key, self.scope.member)

    def expressions(self) -> Iterator[Condition]:
        """Every expression that it is judged by, asks by or speaks by."""
        yield from self.conditions_of_items()
        yield from (one for template in self.says for _, one in template.named())
        if self.scope is not None:
            yield self.scope.items

    def functions(self) -> Iterator[tuple[str, Condition, bool]]:
        """What judging by this rule calls: words that name it, the expression, and whether its function has reasons."""
        yield from ((f"{self.rule.id} {name}", one, False) for name, one in self.conditions.items())
        yield from ((f"{self.rule.id} {name}", one, True) for name, one in self.conditions.items())
        if self.scope is not None:
            for name in ("items", "member", "key"):
                yield f"{self.scope.id} {name}", getattr(self.scope, name), True
        yield from ((f"{self.rule.id} notice {one.notice.code}", one.when, False) for one in self.notices)
        for query in self.queries:
            label = f"{self.rule.id} query {query.query.field}"
            yield from ((f"{label} {name}", one, False) for name, one in query.named())
        for finding in self.findings:
            for name in ("when", "done", "at"):
                if getattr(finding, name) is not None:
                    yield f"{self.rule.id} finding {finding.code} {name}", getattr(finding, name), False
        if self.visit_on is not None:
            yield from ((f"{self.rule.id} visit on", self.visit_on, reasons) for reasons in (False, True))
        for number, template in enumerate(self.says):
            label = f"{self.rule.id} says {number}"
            yield from ((f"{label} {name}", one, False) for name, one in template.named())


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
    names: Names | None = None
    """What its conditions may name; None of rules that were kept."""
    by_id: Mapping[str, ExecutableRule] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {one.rule.id: one for one in self.rules})

    def _named(self) -> Names:
        if self.names is None:
            raise LookupError("these rules are kept without their meaning: read them with cache=False")
        return self.names

    @property
    def used(self) -> frozenset[str]:
        """Definitions, parameters and scopes that rules name, directly or through others."""
        return self._named().used

    @property
    def environment(self) -> Environment:
        """The names that expressions may use."""
        return self._named().environment
