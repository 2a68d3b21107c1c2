"""From checked entries to compiled rules; every wrong condition of every file is told at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

from precise_cal.engine.cql.compile import compile_definition, compile_expression
from precise_cal.engine.cql.environment import DefinitionSource, Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError, Origin
from precise_cal.engine.cql.types import BOOLEAN, DATE, DATE_TIME, STRING, ClassType, ListType, Type
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.deviations import code_of
from precise_cal.engine.rulebook.edition import (
    Edition,
    ExecutableFinding,
    ExecutableNotice,
    ExecutableQuery,
    ExecutableRule,
    ExecutableScope,
    Names,
    NoticeText,
    QueryText,
    RuleText,
)
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.naming import clashes
from precise_cal.engine.rulebook.parameter_tables import lookup
from precise_cal.engine.rulebook.parameters import as_tuples, effective
from precise_cal.engine.rulebook.parameters import problems as parameter_problems
from precise_cal.engine.rulebook.populations import compiled_populations
from precise_cal.engine.rulebook.schedule import named_by_schedule, schedule_problems, visits_of
from precise_cal.engine.rulebook.sentences import compiled_sentences
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.files import Finding, Notice, Query, Rule, Scope
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.timeline import Key, Timeline
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.report import UsedParameter


def build(loaded: Loaded, utc_offset_minutes: int, timeline: Timeline, key: Key) -> Edition:
    """The rules as they hold in an edition.

    Raises:
        RuleFileError: a parameter, a definition or a condition is wrong.
    """
    study = loaded.protocol
    found = parameter_problems(study.parameters, loaded.source)
    if found:
        raise RuleFileError(found)
    parameters = effective(study.parameters, timeline, key)
    found = [*schedule_problems(loaded, parameters)]
    if found:
        raise RuleFileError(found)
    builder = _Builder(loaded, utc_offset_minutes, timeline, key, parameters)
    scopes = {scope.id: builder.scope(index, scope) for index, scope in enumerate(study.scopes)}
    rules = [
        builder.rule(rule, source, ("rules", index), scopes, number)
        for number, (file, source) in enumerate(loaded.rules)
        for index, rule in enumerate(file.rules)
        if builder.holds(rule)
    ]
    for number, (file, source) in enumerate(loaded.rules):
        for index, rule in enumerate(file.rules):
            if rule.status == "active" and not rule.enabled:
                builder.rule(rule, source, ("rules", index), scopes, number)  # what is wrong with it is told
    populations = compiled_populations(loaded, builder.compile)
    builder.check_definitions()
    builder.check_ids()
    if builder.problems:
        raise RuleFileError(builder.problems)
    ordered = tuple(sorted((rule for rule in rules if rule), key=lambda rule: rule.place))
    names = Names(builder.environment, builder.used())
    return Edition(ordered, populations, visits_of(loaded, parameters), names)


def _rule_text(rule: Rule, quote: str, deviation: str | None) -> RuleText:
    return RuleText(
        id=rule.id,
        title=rule.title,
        quote=quote,
        source=rule.source,
        ambiguities=tuple(rule.ambiguities),
        ietestcd=rule.ietestcd,
        deviation=deviation,
        for_each=rule.for_each,
        ask=rule.ask,
        frame=rule.frame,
    )


@dataclass(slots=True)
class _Builder:
    loaded: Loaded
    utc_offset_minutes: int
    timeline: Timeline
    key: Key
    parameters: dict[str, Effective]
    problems: list[tuple[Place | None, str]] = field(default_factory=list)
    environment: Environment = field(init=False)
    variables: dict[str, str] = field(init=False)
    """The scope variable of each scope."""
    compiled: list[Compiled] = field(default_factory=list)
    """Every condition, those included that this edition has no use for."""
    named: set[str] = field(default_factory=set)
    """What rules name outside of conditions: scopes, frames, parameters."""

    def __post_init__(self) -> None:
        context = record_type(self.loaded.schema, self.utc_offset_minutes)
        groups = as_tuples(self.parameters)
        self.named.update(named_by_schedule(self.loaded))
        self.problems += clashes(self.loaded, context)
        self.environment = Environment(context, groups, classes=classes_of(context))
        self.variables = {scope.id: scope.variable for scope in self.loaded.protocol.scopes}
        definitions, functions = self._definitions()
        self.environment = Environment(
            context, groups, definitions, functions, self._scope_types(), classes_of(context)
        )

    def holds(self, rule: Rule) -> bool:
        """Whether a rule is in force in this edition."""
        return rule.is_judged and self.timeline.holds(self.key, rule.since, rule.until)

    def _quote(self, rule: Rule, source: YamlFile, here: Location) -> str:
        """The words of the protocol in this edition."""
        if isinstance(rule.quote, str):
            return rule.quote
        held = [one.text for one in rule.quote if self.timeline.holds(self.key, one.since, one.until)]
        if len(held) != 1:
            edition = self.timeline.name(self.key) or "the only edition"
            text = f"{rule.id}: {len(held)} quotes hold in {edition} of the protocol, where one should"
            self.problems.append((source.place((*here, "quote")), text))
        return held[0] if held else ""

    def _visit_on(self, rule: Rule, source: YamlFile, here: Location) -> Compiled | None:
        """The day of a visit, as this edition dates it; it may name the record and parameters."""
        if rule.visit_on is None:
            return None
        plain = Environment(self.environment.context, self.environment.parameters, classes=self.environment.classes)
        found = self.compile(rule.visit_on, source, (*here, "visit_on"), environment=plain)
        if found is not None and found.type not in (DATE, DATE_TIME):
            text = f"{rule.id}: visit_on should be a date or an instant, not {found.type}"
            self.problems.append((source.place((*here, "visit_on")), text))
        return found

    def _scope_types(self) -> dict[str, Type]:
        """The type of each scope variable: that of the items. Items may use neither definitions nor other scopes."""
        types: dict[str, Type] = {}
        for index, scope in enumerate(self.loaded.protocol.scopes):
            items = self.compile(scope.items, self.loaded.source, ("scopes", index, "items"))
            if items is None:
                types[scope.variable] = STRING
            elif isinstance(items.type, ListType):
                known = types.setdefault(scope.variable, items.type.element)
                if known != items.type.element:
                    place = self.loaded.source.place(("scopes", index, "variable"))
                    self.problems.append((place, f'"{scope.variable}" stands for a {known} in another scope'))
            else:
                place = self.loaded.source.place(("scopes", index, "items"))
                self.problems.append((place, f"items should be a list, not {items.type}"))
                types[scope.variable] = STRING
        return types

    def _definitions(self) -> tuple[tuple[DefinitionSource, ...], tuple[FunctionSource, ...]]:
        definitions: list[DefinitionSource] = []
        functions: list[FunctionSource] = []
        for file, source in self.loaded.rules:
            for index, one in enumerate(file.definitions):
                origin = self._origin(source, ("definitions", index, "as"))
                variable = self._variable(one.for_each, source, ("definitions", index, "for_each"))
                if one.operands:
                    operands = tuple(one.operands.items())
                    functions.append(FunctionSource(one.define, operands, one.as_, origin, variable))
                else:
                    definitions.append(DefinitionSource(one.define, one.as_, origin, variable))
        for index, table in enumerate(self.loaded.protocol.parameters):
            found = lookup(table, self._origin(self.loaded.source, ("parameters", index, "lookup")))
            functions += [found] if found else []
        return tuple(definitions), tuple(functions)

    def _variable(self, scope: str | None, source: YamlFile, location: Location) -> str | None:
        if scope is None:
            return None
        self.named.add(scope)
        if scope not in self.variables:
            known = ", ".join(self.variables) or "none"
            self.problems.append((source.place(location), f'"{scope}" is no scope of protocol.yaml; known: {known}'))
        return self.variables.get(scope)

    def scope(self, index: int, scope: Scope) -> ExecutableScope | None:
        source, here = self.loaded.source, ("scopes", index)
        items = self.compile(scope.items, source, (*here, "items"))
        key = self.compile(scope.key, source, (*here, "key"), scope=scope.variable)
        member = self.compile(scope.member_when, source, (*here, "member_when"), BOOLEAN, scope.variable)
        if items is None or key is None or member is None:
            return None
        return ExecutableScope(scope.id, scope.word, scope.variable, items, key, member, scope.ask, scope.field)

    def rule(
        self,
        rule: Rule,
        source: YamlFile,
        here: Location,
        scopes: Mapping[str, ExecutableScope | None],
        file: int,
    ) -> ExecutableRule | None:
        before = len(self.problems)
        variable = self._variable(rule.for_each, source, (*here, "for_each"))
        self._check_conditions(rule, source, here)
        conditions = {
            name: self.compile(text, source, (*here, name), BOOLEAN, variable) for name, text in rule.conditions.items()
        }
        findings = [self._finding(one, source, (*here, "findings", i), variable) for i, one in enumerate(rule.findings)]
        notices = [self._notice(one, source, (*here, "notices", i), variable) for i, one in enumerate(rule.notices)]
        queries = [self._query(one, source, (*here, "queries", i), variable) for i, one in enumerate(rule.queries)]
        quote, visit_on = self._quote(rule, source, here), self._visit_on(rule, source, here)
        if len(self.problems) > before or None in conditions.values() or (variable and not scopes[rule.for_each or ""]):
            return None
        compiled = cast("dict[str, Compiled]", conditions)
        scope = scopes[rule.for_each] if rule.for_each else None
        says = compiled_sentences(
            rule,
            lambda text, place, expected: self.compile(text, source, (*here, *place), expected, variable),
            is_assumed=any(one.status == "assumed" for one in self._used(compiled)),
            scope=scope,
            schema=self.loaded.schema,
        )
        made = ExecutableRule(
            rule=_rule_text(rule, quote, code_of(self.loaded, rule)),
            kind=rule.kind,
            scope=scope,
            conditions=compiled,
            findings=tuple(one for one in findings if one),
            notices=tuple(one for one in notices if one),
            queries=tuple(one for one in queries if one),
            parameters=self._used(compiled),
            said_of=frozenset().union(*(one.words for one in says)),
            says=says,
            terms="",
            place=([*LADDERS].index(rule.kind), file, int(here[1])),
            at=rule.at,
            visit_on=visit_on,
        )
        return replace(made, terms=self._terms(made))

    def _query(self, query: Query, source: YamlFile, here: Location, scope: str | None) -> ExecutableQuery | None:
        when = self.compile(query.when, source, (*here, "when"), BOOLEAN, scope)
        item = self.compile(query.item, source, (*here, "item"), None, scope) if query.item else None
        values = {
            name: self.compile(text, source, (*here, "values", name), None, scope)
            for name, text in query.values.items()
        }
        if item is not None and not (isinstance(item.type, ClassType) and query.field in item.type.elements):
            self.problems.append((source.place((*here, "field")), f"{query.field} is no field of the item"))
        known = {name: one for name, one in values.items() if one is not None}
        return None if when is None else ExecutableQuery(QueryText(query.field, query.ask), when, item, known)

    def _terms(self, rule: ExecutableRule) -> str:
        """All of a rule that may differ between editions; definitions are the same in all of them."""
        conditions = [*rule.conditions_of_items(), *([rule.scope.items] if rule.scope else [])]
        names = sorted({name for condition in conditions for name in condition.parameters})
        values = [(name, self.parameters[name].used.value, self.parameters[name].entry.status) for name in names]
        return repr((rule.place, rule.rule.quote, values, [one.notice.code for one in rule.notices]))

    def _finding(
        self, finding: Finding, source: YamlFile, here: Location, variable: str | None
    ) -> ExecutableFinding | None:
        when = self.compile(finding.when, source, (*here, "when"), BOOLEAN, variable)
        done = self.compile(finding.done, source, (*here, "done"), BOOLEAN, variable) if finding.done else None
        at = self.compile(finding.at, source, (*here, "at"), None, variable) if finding.at else None
        return ExecutableFinding(finding.code, when, done, at) if when else None

    def _notice(
        self, notice: Notice, source: YamlFile, here: Location, variable: str | None
    ) -> ExecutableNotice | None:
        when = self.compile(notice.when, source, (*here, "when"), BOOLEAN, variable)
        is_raised = self._is_raised(notice, source, here)
        return ExecutableNotice(NoticeText(notice.code, notice.text), when) if when and is_raised else None

    def _is_raised(self, notice: Notice, source: YamlFile, here: Location) -> bool:
        """Whether the notice can be raised at all: one that speaks of assumptions cannot once they are confirmed."""
        self.named.update(notice.if_assumed)
        for index, name in enumerate(notice.if_assumed):
            if name not in self.parameters:
                self.problems.append((source.place((*here, "if_assumed", index)), f"{name} is no parameter"))
        known = [self.parameters[name] for name in notice.if_assumed if name in self.parameters]
        return not known or any(one.entry.status == "assumed" for one in known)

    def _used(self, conditions: Mapping[str, Compiled]) -> tuple[UsedParameter, ...]:
        names = {name for condition in conditions.values() for name in condition.parameters}
        return tuple(self.parameters[name].used for name in sorted(names))

    def _check_conditions(self, rule: Rule, source: YamlFile, here: Location) -> None:
        ladder = LADDERS[rule.kind]
        if ladder.needed not in rule.conditions:
            self.problems.append((source.place(here), f"{rule.id}: a rule of kind {rule.kind} needs {ladder.needed}"))
        for name in sorted({*rule.conditions}.difference(ladder.conditions)):
            self.problems.append((source.place((*here, name)), f"{rule.id}: a rule of kind {rule.kind} has no {name}"))
        if rule.frame is not None:
            self.named.add(rule.frame)
        if rule.frame is not None and rule.frame not in self._functions:
            text = f"{rule.id}: the frame {rule.frame} is no definition with operands"
            self.problems.append((source.place((*here, "frame")), text))

    @property
    def _functions(self) -> set[str]:
        return {one.define for file, _ in self.loaded.rules for one in file.definitions if one.operands}

    def compile(
        self,
        text: str,
        source: YamlFile,
        location: Location,
        expected: Type | None = None,
        scope: str | None = None,
        *,
        environment: Environment | None = None,
    ) -> Compiled | None:
        origin = self._origin(source, location)
        try:
            compiled = compile_expression(
                environment or self.environment,
                text,
                expected=expected,
                scope=scope,
                source=origin.source,
                line=origin.line,
                column=origin.column,
            )
        except CqlError as error:
            self._add(error)
            return None
        self.compiled.append(compiled)
        return compiled

    def used(self) -> frozenset[str]:
        """The definitions, parameters and scopes that rules name, directly or through others."""
        through = (name for one in self.compiled for name in (*one.definitions, *one.parameters))
        return frozenset((*self.named, *through))

    def check_definitions(self) -> None:
        for one in self.environment.definitions:
            try:
                compile_definition(self.environment, one.name)
            except CqlError as error:
                self._add(error)

    def check_ids(self) -> None:
        seen: dict[str, Place] = {}
        others: set[str] = set()
        for file, source in self.loaded.rules:
            for index, rule in enumerate(file.rules):
                place = source.place(("rules", index, "id"))
                if rule.status == "active" and not self.holds(rule):
                    others.update([rule.id] if rule.enabled else [])
                    continue
                if rule.id in seen:
                    self.problems.append((place, f"the rule {rule.id} stands twice: also at {seen[rule.id]}"))
                seen.setdefault(rule.id, place)
        self._check_gate({*seen, *others})

    def _check_gate(self, known: set[str]) -> None:
        for file, source in self.loaded.rules:
            for index, identifier in enumerate(file.gate.requires if file.gate else ()):
                if identifier not in known:
                    place = source.place(("gate", "requires", index))
                    self.problems.append((place, f"the gate requires {identifier}, which is no rule"))

    def _add(self, error: CqlError) -> None:
        place = Place(error.source, error.line, error.column) if error.line else None
        if (place, error.message) not in self.problems:
            self.problems.append((place, error.message))

    @staticmethod
    def _origin(source: YamlFile, location: Location) -> Origin:
        place = source.place(location)
        return Origin(place.file, place.line, place.column)
