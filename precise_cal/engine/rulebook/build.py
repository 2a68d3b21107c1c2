"""From checked entries to compiled rules; every wrong condition of every file is told at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.types import BOOLEAN, DATE, DATE_TIME, ClassType
from precise_cal.engine.rulebook.compiling import Compiler, EntryCompiler
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
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.parameters import effective
from precise_cal.engine.rulebook.parameters import problems as parameter_problems
from precise_cal.engine.rulebook.populations import compiled_populations
from precise_cal.engine.rulebook.schedule import schedule_problems, visits_of
from precise_cal.engine.rulebook.sentences import compiled_sentences
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import LADDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.protocol_form import ScopeEntry
    from precise_cal.engine.rulebook.reuse import Reuse
    from precise_cal.engine.rulebook.rule_form import NoticeEntry, QueryEntry, RuleEntry, RuleFindingEntry
    from precise_cal.engine.rulebook.timeline import Key, Timeline
    from precise_cal.protocol.report import UsedParameter


def build(loaded: Loaded, utc_offset_minutes: int, timeline: Timeline, key: Key, reuse: Reuse | None = None) -> Edition:
    """The rules as they hold in an edition.

    Args:
        loaded: the rule files.
        utc_offset_minutes: the offset from UTC in which the study counts calendar days.
        timeline: the versions of the protocol.
        key: the edition.
        reuse: another edition, of which everything is taken over that is the same in this one.

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
    compiler = Compiler(loaded, utc_offset_minutes, parameters)
    if reuse is not None:
        compiler.environment.compiled.update(reuse.definitions())
    scopes = {one.id: _scope(compiler.entry(loaded.source, ("scopes", n)), one) for n, one in enumerate(study.scopes)}
    builder = _Builder(compiler, timeline, key, scopes, reuse)
    rules = [*builder.rules()]
    populations = compiled_populations(loaded, compiler.compile)
    compiler.check_definitions()
    compiler.problems += builder.double()
    if compiler.problems:
        raise RuleFileError(compiler.problems)
    ordered = tuple(sorted(rules, key=lambda rule: rule.place))
    return Edition(ordered, populations, visits_of(loaded, parameters), Names(compiler.environment, compiler.used()))


def _scope(entry: EntryCompiler, scope: ScopeEntry) -> ExecutableScope | None:
    items = entry.compile(scope.items, "items")
    entry = replace(entry, variable=scope.variable)
    key, member = entry.compile(scope.key, "key"), entry.compile(scope.member_when, "member_when", expected=BOOLEAN)
    if items is None or key is None or member is None:
        return None
    return ExecutableScope(scope.id, scope.word, scope.variable, items, key, member, scope.ask, scope.field)


@dataclass(frozen=True, slots=True)
class _Builder:
    compiler: Compiler
    timeline: Timeline
    key: Key
    scopes: Mapping[str, ExecutableScope | None]
    reuse: Reuse | None

    def rules(self) -> Iterator[ExecutableRule]:
        """The rules in force; of those that are off, what is wrong with them is noted."""
        for number, (file, source) in enumerate(self.compiler.loaded.rules):
            for index, rule in enumerate(file.rules):
                is_off = rule.status == "active" and not rule.enabled
                if self._holds(rule) or is_off:
                    entry = self.compiler.entry(source, ("rules", index), rule.for_each)
                    place = number, index
                    made = self._taken_over(rule, place) or self._rule(rule, entry, place)
                    if made is not None and not is_off:
                        yield made

    def _taken_over(self, rule: RuleEntry, place: tuple[int, int]) -> ExecutableRule | None:
        """The rule of another edition, if it is the same in this one; what it uses is used here too."""
        known = self.reuse.rule(rule, place) if self.reuse is not None else None
        if known is not None:
            self.compiler.compiled += known.expressions()
            self.compiler.named.update(name for notice in rule.notices for name in notice.if_assumed)
            self.compiler.named.update([rule.frame] if rule.frame else [])
        return known

    def _holds(self, rule: RuleEntry) -> bool:
        """Whether a rule is in force in this edition."""
        return rule.is_judged and self.timeline.holds(self.key, rule.since, rule.until)

    def _rule(self, rule: RuleEntry, entry: EntryCompiler, place: tuple[int, int]) -> ExecutableRule | None:
        problems = self.compiler.problems
        before = len(problems)
        self._check(rule, entry)
        conditions = {name: entry.compile(text, name, expected=BOOLEAN) for name, text in rule.conditions.items()}
        findings = [_finding(one, entry.within("findings", i)) for i, one in enumerate(rule.findings)]
        notices = [self._notice(one, entry.within("notices", i)) for i, one in enumerate(rule.notices)]
        queries = [_query(one, entry.within("queries", i)) for i, one in enumerate(rule.queries)]
        quote, visit_on = self._quote(rule, entry), self._visit_on(rule, entry)
        scope = self.scopes.get(rule.for_each) if rule.for_each else None
        if len(problems) > before or None in conditions.values() or (rule.for_each and not scope):
            return None
        used = self._used(cast("dict[str, Compiled]", conditions))
        is_assumed = any(one.status == "assumed" for one in used)
        says = compiled_sentences(rule, entry, is_assumed=is_assumed, scope=scope)
        made = ExecutableRule(
            rule=_rule_text(rule, quote, code_of(self.compiler.loaded, rule)),
            kind=rule.kind,
            scope=scope,
            conditions=cast("dict[str, Compiled]", conditions),
            findings=tuple(one for one in findings if one),
            notices=tuple(one for one in notices if one),
            queries=tuple(one for one in queries if one),
            parameters=used,
            said_of=frozenset().union(*(one.words for one in says)),
            says=says,
            terms="",
            place=([*LADDERS].index(rule.kind), *place),
            at=rule.at,
            visit_on=visit_on,
        )
        return replace(made, terms=self._terms(made))

    def _check(self, rule: RuleEntry, entry: EntryCompiler) -> None:
        """See that a rule has the conditions of its kind, and a frame that exists."""
        ladder = LADDERS[rule.kind]
        if ladder.needed not in rule.conditions:
            entry.problem(
                message(
                    "{ $id }: a rule of kind { $kind } needs { $needed }",
                    id=Verbatim(rule.id),
                    kind=Verbatim(rule.kind),
                    needed=Verbatim(ladder.needed),
                )
            )
        for name in sorted({*rule.conditions}.difference(ladder.conditions)):
            entry.problem(
                message(
                    "{ $id }: a rule of kind { $kind } has no { $name }",
                    id=Verbatim(rule.id),
                    kind=Verbatim(rule.kind),
                    name=Verbatim(name),
                ),
                name,
            )
        if rule.frame is not None:
            self.compiler.named.add(rule.frame)
            definitions = (one for file, _ in self.compiler.loaded.rules for one in file.definitions)
            if rule.frame not in {one.define for one in definitions if one.operands}:
                entry.problem(
                    message(
                        "{ $id }: the frame { $frame } is no definition with operands",
                        id=Verbatim(rule.id),
                        frame=Verbatim(rule.frame),
                    ),
                    "frame",
                )

    def _quote(self, rule: RuleEntry, entry: EntryCompiler) -> str:
        """The words of the protocol in this edition."""
        if isinstance(rule.quote, str):
            return rule.quote
        held = [one.text for one in rule.quote if self.timeline.holds(self.key, one.since, one.until)]
        if len(held) != 1:
            edition = self.timeline.name(self.key) or "the only edition"
            entry.problem(
                message(
                    "{ $id }: { $count } quotes hold in { $edition } of the protocol, where one should",
                    id=Verbatim(rule.id),
                    count=len(held),
                    edition=edition,
                ),
                "quote",
            )
        return held[0] if held else ""

    def _visit_on(self, rule: RuleEntry, entry: EntryCompiler) -> Compiled | None:
        """The day of a visit, as this edition dates it; it may name the record and parameters."""
        if rule.visit_on is None:
            return None
        known = self.compiler.environment
        plain = Environment(known.context, known.parameters, classes=known.classes)
        here = (*entry.here, "visit_on")
        found = self.compiler.compile(rule.visit_on, entry.source, here, environment=plain)
        if found is not None and found.type not in (DATE, DATE_TIME):
            entry.problem(
                message(
                    "{ $id }: visit_on should be a date or an instant, not { $type }",
                    id=Verbatim(rule.id),
                    type=Verbatim(found.type),
                ),
                "visit_on",
            )
        return found

    def _notice(self, notice: NoticeEntry, entry: EntryCompiler) -> ExecutableNotice | None:
        when = entry.compile(notice.when, "when", expected=BOOLEAN)
        is_raised = self._is_raised(notice, entry)
        return ExecutableNotice(NoticeText(notice.code, notice.text), when) if when and is_raised else None

    def _is_raised(self, notice: NoticeEntry, entry: EntryCompiler) -> bool:
        """Whether the notice can be raised at all: one that speaks of assumptions cannot once they are confirmed."""
        parameters = self.compiler.parameters
        self.compiler.named.update(notice.if_assumed)
        for index, name in enumerate(notice.if_assumed):
            if name not in parameters:
                entry.problem(message("{ $name } is no parameter", name=Verbatim(name)), "if_assumed", index)
        known = [parameters[name] for name in notice.if_assumed if name in parameters]
        return not known or any(one.entry.status == "assumed" for one in known)

    def _used(self, conditions: Mapping[str, Compiled]) -> tuple[UsedParameter, ...]:
        names = {name for condition in conditions.values() for name in condition.parameters}
        return tuple(self.compiler.parameters[name].used for name in sorted(names))

    def _terms(self, rule: ExecutableRule) -> str:
        """All of a rule that may differ between editions; definitions are the same in all of them."""
        conditions = [*rule.conditions_of_items(), *([rule.scope.items] if rule.scope else [])]
        names = sorted({name for condition in conditions for name in condition.parameters})
        parameters = self.compiler.parameters
        values = [(name, parameters[name].used.value, parameters[name].entry.status) for name in names]
        return repr((rule.place, rule.rule.quote, values, [one.notice.code for one in rule.notices]))

    def double(self) -> Iterator[tuple[Place, str]]:
        """Rules that stand twice in this edition, and what the gate requires that no rule is."""
        seen: dict[str, Place] = {}
        others: set[str] = set()
        for file, source in self.compiler.loaded.rules:
            for index, rule in enumerate(file.rules):
                place = source.place(("rules", index, "id"))
                if rule.status == "active" and not self._holds(rule):
                    others.update([rule.id] if rule.enabled else [])
                    continue
                if rule.id in seen:
                    yield (
                        place,
                        message(
                            "the rule { $id } stands twice: also at { $seen }", id=Verbatim(rule.id), seen=seen[rule.id]
                        ),
                    )
                seen.setdefault(rule.id, place)
        for file, source in self.compiler.loaded.rules:
            for index, identifier in enumerate(file.gate.requires if file.gate else ()):
                if identifier not in seen and identifier not in others:
                    yield (
                        source.place(("gate", "requires", index)),
                        message("the gate requires { $identifier }, which is no rule", identifier=identifier),
                    )


def _rule_text(rule: RuleEntry, quote: str, deviation: str | None) -> RuleText:
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


def _finding(finding: RuleFindingEntry, entry: EntryCompiler) -> ExecutableFinding | None:
    when = entry.compile(finding.when, "when", expected=BOOLEAN)
    done, at = entry.compile(finding.done, "done", expected=BOOLEAN), entry.compile(finding.at, "at")
    return ExecutableFinding(finding.code, when, done, at) if when else None


def _query(query: QueryEntry, entry: EntryCompiler) -> ExecutableQuery | None:
    when = entry.compile(query.when, "when", expected=BOOLEAN)
    item = entry.compile(query.item, "item")
    values = {name: entry.compile(text, "values", name) for name, text in query.values.items()}
    if item is not None and not (isinstance(item.type, ClassType) and query.field in item.type.elements):
        entry.problem(message("{ $field } is no field of the item", field=Verbatim(query.field)), "field")
    known = {name: one for name, one in values.items() if one is not None}
    return None if when is None else ExecutableQuery(QueryText(query.field, query.ask), when, item, known)
