"""Whether the translation says of records what the engine says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from precise_cal.assurance.days import Calendar
from precise_cal.assurance.records import given
from precise_cal.assurance.symbols import NULL, UntranslatedError
from precise_cal.assurance.translate import Translator, Words
from precise_cal.assurance.verdicts import verdicts
from precise_cal.engine.judging.evaluation import RecordEvaluation
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.part import Part


class Difference(NamedTuple):
    """A rule that the translation judges otherwise: the words of the engine and of the translation."""

    rule: str
    engine: str
    translated: tuple[str, ...]
    record: int


class Agreement(NamedTuple):
    """How many verdicts were compared, those that differ, and the rules that have no translation, with why."""

    compared: int
    differences: tuple[Difference, ...]
    untranslated: dict[str, str]


def agreement(book: Rulebook, records: Iterable[Part]) -> Agreement:
    """Judge records by the latest edition, by the engine and by the translation.

    Args:
        book: the rules, read with their meaning.
        records: participants.
    """
    compared, differences, untranslated = 0, [], dict[str, str]()
    for number, record in enumerate(records):
        evaluation = RecordEvaluation(book, record, None, all_reasons=False)
        evaluation.use(book.timeline.keys[-1])
        translator = translator_of(book, evaluation)
        for rule in book.latest.rules:
            try:
                expected = evaluation.verdict(rule)
            except PreciseError:
                continue
            try:
                found = tuple(word for word, holds in verdicts(translator, rule).items() if holds is True)
            except UntranslatedError as error:
                untranslated[rule.rule.id] = str(error)
                continue
            compared += 1
            if found != (expected,):
                differences.append(Difference(rule.rule.id, expected, found, number))
    return Agreement(compared, tuple(differences), untranslated)


def translator_of(book: Rulebook, evaluation: RecordEvaluation) -> Translator:
    """The translation over a record that is under evaluation."""
    environment, now = book.latest.environment, evaluation.state.now
    assert environment.context is not None
    translator = Translator(environment, NULL, NULL, Words(), Calendar(), book.utc_offset_minutes)
    translator.record = given(translator, evaluation.record, environment.context)
    translator.now = NULL if now is None else translator.constant(now)
    return translator
