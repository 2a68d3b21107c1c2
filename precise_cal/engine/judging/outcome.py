"""What a rule comes to for a participant: its verdict with reasons and sentences, questions, notices and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.judging.sentences import ask, say
from precise_cal.engine.rulebook.consequences import Found, criterion_fact, finding_fact
from precise_cal.language.catalog import message
from precise_cal.protocol.pointer import pointer_of
from precise_cal.protocol.report import Notice, Query, Verdict
from precise_cal.protocol.verdicts import COMPLIANT, DEVIATION, OPEN, PASSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.judging.evaluation import RecordEvaluation
    from precise_cal.engine.judging.judge import Item, Judgment
    from precise_cal.engine.judging.reasons import Wanted
    from precise_cal.engine.rulebook.edition import ExecutableQuery, ExecutableRule
    from precise_cal.protocol.report import Sentence
    from precise_cal.protocol.verdicts import VerdictWord


class RuleOutcome(NamedTuple):
    """What a rule comes to; `found` is what consequences follow from."""

    verdict: Verdict
    queries: tuple[Query, ...]
    notices: tuple[Notice, ...]
    found: tuple[Found, ...]


def outcome(evaluation: RecordEvaluation, rule: ExecutableRule) -> RuleOutcome:
    """What a rule of the edition in use comes to. Raises: EvaluationError, where CQL cannot evaluate it."""
    judgment = evaluation.judge(rule, all_reasons=evaluation.all_reasons)
    notices = notices_of(evaluation, rule, judgment) if rule.notices else ()
    queries = _queries(evaluation, rule, judgment) if rule.queries or judgment.verdict in OPEN else ()
    lacks_cutoff = judgment.verdict in OPEN and bool(queries) and all(map(evaluation.is_about_cutoff, queries))
    verdict = Verdict(
        id=rule.rule.id,
        kind=rule.kind,
        verdict=judgment.verdict,
        title=rule.rule.title,
        quote=rule.rule.quote,
        per=judgment.per,
        because=evaluation.teller.reasons(judgment.deciding, _wanted(rule.kind, judgment.verdict)),
        notices=tuple(dict.fromkeys([notice.code for notice in notices])) if notices else (),
        parameters=rule.parameters,
        says=(evaluation.no_cutoff,) if lacks_cutoff else _sentences(evaluation, rule, judgment),
    )
    return RuleOutcome(verdict, queries, notices, found_by(evaluation, rule, judgment))


def _sentences(evaluation: RecordEvaluation, rule: ExecutableRule, judgment: Judgment) -> tuple[Sentence, ...]:
    """What the rule says of the items that have its verdict, or of the participant."""
    if judgment.verdict not in rule.said_of:
        return ()
    keys = {one.key for one in judgment.per if one.verdict == judgment.verdict}
    concerned = [item for item in judgment.items if rule.scope is None or item.key in keys]
    found = [_sentence(evaluation, rule, judgment.verdict, item) for item in concerned]
    return tuple(one for one in found if one is not None)


def _sentence(evaluation: RecordEvaluation, rule: ExecutableRule, word: VerdictWord, item: Item) -> Sentence | None:
    """The first sentence of the rule that fits an item."""
    for one in rule.says:
        if word in one.words and (one.when is None or evaluation.holds(rule, one.when, item)):
            if rule.scope is not None:
                evaluation.state.scopes = {rule.scope.variable: item.value}
            return say(one, item.key, evaluation.state, evaluation.book.schema.labels)
    return None


def _queries(evaluation: RecordEvaluation, rule: ExecutableRule, judgment: Judgment) -> tuple[Query, ...]:
    asked: dict[tuple[str, str], Query] = {}
    for extra in rule.queries:
        for item in judgment.items:
            if evaluation.holds(rule, extra.when, item):
                query = _query(evaluation, rule, extra)
                asked.setdefault((query.pointer, query.ask), query)
    if judgment.verdict in OPEN and not asked:
        if rule.scope is not None and not judgment.items:
            return _ask_for_items(rule)
        found = evaluation.teller.queries(rule.rule.id, rule.rule.ask, judgment.deciding)
        return found or _ask_for_items(rule)
    return tuple(asked.values())


def _query(evaluation: RecordEvaluation, rule: ExecutableRule, extra: ExecutableQuery) -> Query:
    """A question of a rule, in the scope in which its condition holds."""
    owner = evaluate(extra.item, evaluation.state) if extra.item is not None else None
    field = extra.query.field
    pointer = pointer_of(field.split(".")) if owner is None else evaluation.teller.pointers.to(owner, field)
    labels = evaluation.book.schema.labels
    return Query(pointer, rule.rule.id, ask(extra.query.ask, extra.values, evaluation.state, labels))


def _ask_for_items(rule: ExecutableRule) -> tuple[Query, ...]:
    if rule.scope is not None:
        return (Query(pointer_of(rule.scope.field.split(".")), rule.rule.id, rule.scope.ask),)
    return (Query("", rule.rule.id, rule.rule.ask or message("what decides: { $rule }", rule=rule.rule.title)),)


def found_by(evaluation: RecordEvaluation, rule: ExecutableRule, judgment: Judgment) -> tuple[Found, ...]:
    """What consequences follow from."""
    found = tuple(_found(evaluation, rule, judgment)) if rule.findings else ()
    if rule.rule.deviation is None or judgment.verdict in PASSING:
        return found
    return (*found, *_against(evaluation, rule, rule.rule.deviation, judgment.verdict))


def notices_of(evaluation: RecordEvaluation, rule: ExecutableRule, judgment: Judgment) -> tuple[Notice, ...]:
    """The notices that a rule raises, for each item that is meant."""
    return tuple(
        [
            Notice(extra.notice.code, rule.rule.id, extra.notice.text, item.key)
            for extra in rule.notices
            for item in judgment.items
            if evaluation.holds(rule, extra.when, item)
        ]
    )


def _against(
    evaluation: RecordEvaluation, rule: ExecutableRule, deviation: str, verdict: VerdictWord
) -> Iterator[Found]:
    """A criterion that is not met, or cannot be decided, of a participant who was enrolled all the same."""
    book, record = evaluation.book, evaluation.record
    if not book.is_enrolled(record):
        return
    if verdict in OPEN and _rests_on_doubt(evaluation, rule):
        return
    fact = criterion_fact(rule.rule.id, verdict, deviation, randomized=True)
    at = book.role("enrolled_at", record)
    yield Found(fact, None, None if at is None else str(at))


def _rests_on_doubt(evaluation: RecordEvaluation, rule: ExecutableRule) -> bool:
    """Whether a moment in doubt leaves a rule undecided, and nothing that is missing: no second deviation."""
    if evaluation.doubts is None:
        return False
    judgment = evaluation.judge(rule, all_reasons=True)
    return evaluation.teller.rests_on(judgment.deciding, evaluation.doubts.pointers)


def _found(evaluation: RecordEvaluation, rule: ExecutableRule, judgment: Judgment) -> Iterator[Found]:
    """The findings of a rule, of each item that has them."""
    for extra in rule.findings:
        for index, item in enumerate(judgment.items):
            if item.member and evaluation.holds(rule, extra.when, item):
                done = evaluate(extra.done, evaluation.state) if extra.done else None
                at = evaluate(extra.at, evaluation.state) if extra.at else None
                fact = finding_fact(rule.rule.id, extra.code, index if rule.scope else None, done)
                yield Found(fact, item.key, None if at is None else str(at))


def _wanted(kind: str, verdict: str) -> Wanted | None:
    """What is required: of an exclusion the contrary of its condition, of conduct no more than limits.

    The entry that would make all well is no limit, and nobody is invited to make it. What happened, and what is not
    due, requires nothing.
    """
    if kind == "exclusion":
        return "otherwise"
    if kind == "inclusion":
        return "required"
    if verdict in (COMPLIANT, DEVIATION):
        return "limit" if kind == "conduct" else "required"
    return None
