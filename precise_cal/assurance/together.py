"""What rules of a trial say together: whether anybody passes, and which rule refuses nobody by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.prove import Joint, gate_rules
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import CRITERIA, FAILING, PASSING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from precise_cal.assurance.declared import Declared
    from precise_cal.assurance.prove import Limits
    from precise_cal.engine.rulebook.rulebook import Rulebook


def gate_allows(book: Rulebook, limits: Limits, declared: Declared) -> Iterator[Answer]:
    """Whether anybody may be enrolled, and whether one participant can keep every rule of the trial."""
    names = gate_rules(book)
    if names:
        yield _all_pass(Joint(book, names, limits, declared), message("the gate can say ALLOW"), names)
    judged = tuple(one.rule.id for one in book.latest.rules if one.kind in (*CRITERIA, "conduct"))
    if judged:
        asked = Joint(book, judged, limits, declared)
        yield _all_pass(asked, message("one participant can keep every rule"), judged)


def clauses(book: Rulebook, limits: Limits, declared: Declared) -> Iterator[Answer]:
    """Whether every rule that can refuse names the clause it rests on, and says in a sentence why it refuses."""
    del limits, declared
    for name in gate_rules(book):
        begun = time.perf_counter()
        rule = book.latest.by_id[name]
        lacking = [
            what for what, text in (("quote", rule.rule.quote), ("source", rule.rule.source)) if not text.strip()
        ]
        question = message("a refusal by { $rule } names its clause", rule=name)
        because = message("{ $what } is empty", what=Verbatim(", ".join(lacking))) if lacking else ""
        yield Answer(question, "no" if lacking else "yes", time.perf_counter() - begun, because=because)


def alone(book: Rulebook, limits: Limits, declared: Declared) -> Iterator[Answer]:
    """For each rule of the gate, whether it refuses somebody whom no other one refuses.

    One that does not is subsumed; the others that fail wherever it does are named, as few as Z3 finds.
    """
    names = gate_rules(book)
    asked = Joint(book, names, limits, declared)
    known = {one.rule: one.because for one in declared.redundant}
    for name in names:
        answer = _alone(asked, name, [one for one in names if one != name])
        if name in known and answer.outcome == "no":
            continue
        if name in known and answer.outcome == "yes":
            question = message("{ $rule } refuses nobody by itself, as is declared", rule=name)
            answer = Answer(question, "no", answer.seconds, answer.record, items=answer.items)
        yield answer


def _alone(asked: Joint, name: str, others: Collection[str]) -> Answer:
    question = message("{ $rule } alone can refuse somebody", rule=name)
    if name in asked.untranslated:
        return Answer(question, "not translated", 0, because=asked.untranslated[name])
    known = [one for one in others if one not in asked.untranslated]
    words = {one: tuple(word for word in asked.said[one] if word not in FAILING) for one in known}
    answer = asked.some(question, {name: tuple(FAILING), **words})
    if answer.outcome != "no":
        return answer
    began = time.perf_counter()
    blamed = asked.blamed([asked.says(name, FAILING)], words)
    because = (
        message("{ $others } fails wherever it does", others=Verbatim(" or ".join(blamed)))
        if blamed
        else message("it never fails")
    )
    return Answer(question, "no", answer.seconds + time.perf_counter() - began, because=because, items=answer.items)


def _all_pass(asked: Joint, question: str, names: Collection[str]) -> Answer:
    """Whether one participant passes all of these rules; which of them contradict each other where none does."""
    words = dict.fromkeys((one for one in names if one not in asked.untranslated), tuple(PASSING))
    answer = asked.some(question, dict.fromkeys(names, tuple(PASSING)))
    if answer.outcome != "no":
        return answer
    blamed = asked.blamed([], words)
    together = message("{ $rules } are never kept together", rules=Verbatim(", ".join(blamed)))
    because = message("{ $rule } is never kept", rule=blamed[0]) if len(blamed) == 1 else together
    return Answer(question, "no", answer.seconds, because=because, items=answer.items)
