"""Every rule of a participant in the edition that judges, or open where the editions in question disagree."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from precise_cal.engine.judging.evaluation import guarded
from precise_cal.engine.judging.moments import Chosen, Moments, Open, choose, question
from precise_cal.engine.rulebook.timeline import in_words
from precise_cal.protocol.report import Because, Query, Sentence, Verdict
from precise_cal.protocol.verdicts import FAILING, LADDERS

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from precise_cal.engine.judging.evaluation import RecordEvaluation
    from precise_cal.engine.judging.moments import Standing
    from precise_cal.engine.rulebook.edition import ExecutableRule, Lineup
    from precise_cal.engine.rulebook.timeline import Key


def chosen(
    evaluation: RecordEvaluation, standing: Standing | None, only: Container[str] | None = None
) -> tuple[Sequence[Chosen | Open], Key]:
    """Every rule, of the edition that judges or open, and the edition under which the participant is enrolled.

    Args:
        evaluation: the participant.
        standing: who is enrolled or has left, where the record does not tell.
        only: the rules that are asked for; without it, all.
    """
    book = evaluation.book
    keys = book.timeline.keys
    if len(keys) == 1:
        rules = book.edition_of(keys[0]).rules
        return [Chosen(rule, keys[0]) for rule in rules if only is None or rule.rule.id in only], keys[0]
    moments = Moments(book, evaluation.record, evaluation.until, standing)
    asked = [one for one in book.lineup if only is None or one.id in only]
    found = [guarded(one.id, partial(_choose, evaluation, moments, one)) for one in asked]
    return [one for one in found if one is not None], moments.enrolled_under


def _choose(evaluation: RecordEvaluation, moments: Moments, one: Lineup) -> Chosen | Open | None:
    """The edition of the moment that a rule declares; what was refused of one who waits for enrollment stands."""
    book = evaluation.book
    found = choose(book, moments, evaluation.state, one)
    before = moments.consented_under if one.at == "enrollment" else ()
    known = [(key, rule) for key in before if (rule := book.rule_in(key, one.id)) is not None]
    if not known or (isinstance(found, Chosen) and all(rule.terms == found.rule.terms for _, rule in known)):
        return found
    refused = [Chosen(rule, key) for key, rule in known if _is_refused(evaluation, rule, key)]
    if len(refused) == len(before):
        return refused[-1]
    names = tuple(map(book.timeline.name, before))
    return Open(refused[-1].rule, names, "consented_at", moments.span("consent")) if refused else found


def _is_refused(evaluation: RecordEvaluation, rule: ExecutableRule, key: Key) -> bool:
    evaluation.use(key)
    return evaluation.judge(rule, all_reasons=False).verdict in FAILING


def undecided(evaluation: RecordEvaluation, one: Open) -> tuple[Verdict, Query]:
    """A rule that differs between the editions in question: undecided, and a question for what would tell."""
    pointer, observed, ask = question(evaluation.book, evaluation.state, evaluation.teller.pointers, one)
    rule = one.rule.rule
    editions = in_words(one.editions)
    sentence = Sentence(
        f"It is open which version of the protocol decides: {editions}",
        f"尚不能确定由方案的哪个版本判定：{'、'.join(one.editions)}",
    )
    verdict = Verdict(
        id=rule.id,
        kind=one.rule.kind,
        verdict=LADDERS[one.rule.kind].unknown,
        title=rule.title,
        quote=rule.quote,
        per=(),
        because=(Because(pointer, observed, f"what tells which version of the protocol decides: {editions}"),),
        notices=(),
        parameters=(),
        says=(sentence,),
    )
    return verdict, Query(pointer, rule.id, ask)
