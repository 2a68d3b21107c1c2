"""A version of the protocol and the one before it: who is judged otherwise by a rule that was amended."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

from precise_cal.assurance.answer import Answer
from precise_cal.assurance.logic import both, either, no
from precise_cal.assurance.problem import Problem, replayed
from precise_cal.assurance.reach import reaching
from precise_cal.assurance.symbols import UntranslatedError
from precise_cal.assurance.verdicts import verdicts
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.assurance.declared import Declared
    from precise_cal.assurance.prove import Limits
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.engine.rulebook.timeline import Key
    from precise_cal.protocol.rules_pack import Outcome


def amended(book: Rulebook, limits: Limits, declared: Declared) -> Iterator[Answer]:
    """For each rule that an edition has otherwise than the one before, whether somebody is judged otherwise by it.

    The record that shows it may be dated as it likes: both editions judge it.
    """
    del declared
    for before, after in pairwise(book.timeline.keys):
        was, now = book.edition_of(before), book.edition_of(after)
        for name, rule in now.by_id.items():
            if name in was.by_id and was.by_id[name] is not rule and was.by_id[name].terms != rule.terms:
                yield _changed(book, limits, name, (before, after))


def _changed(book: Rulebook, limits: Limits, name: str, keys: tuple[Key, Key]) -> Answer:
    begun = time.perf_counter()
    earlier, later = (book.timeline.name(key) for key in keys)
    question = message(
        "{ $later } judges somebody by { $rule } otherwise than { $earlier }", later=later, rule=name, earlier=earlier
    )
    editions = tuple(map(book.edition_of, keys))
    problem = Problem(book, reaching(limits.bounds, (edition.by_id[name] for edition in editions)))
    try:
        was, now = (verdicts(problem.translator(edition), edition.by_id[name]) for edition in editions)
    except UntranslatedError as error:
        return Answer(question, "not translated", time.perf_counter() - begun, because=str(error))
    found = problem.solve([either(*(both(here, no(now[word])) for word, here in was.items()))], limits.seconds)
    items = problem.bounds.items if problem.is_bounded else None
    if found != "yes":
        because = problem.too_short if found == "not decided" else ""
        return Answer(question, found, time.perf_counter() - begun, because=because, items=items)
    record = problem.document
    try:
        before, after = (replayed(book, record, [name], key)[name] for key in keys)
    except PreciseError as error:
        return Answer(question, "not replayed", time.perf_counter() - begun, record, str(error), items)
    because = message(
        "{ $before } by { $earlier }, { $after } by { $later }",
        before=before,
        earlier=earlier,
        after=after,
        later=later,
    )
    outcome: Outcome = "yes" if before != after else "not replayed"
    return Answer(question, outcome, time.perf_counter() - begun, record, because, items)
