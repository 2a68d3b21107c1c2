"""``--format text``: for people. What fails is told first, with its reason; what is in order takes one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cli.printable import printable
from precise_cal.protocol.report import FAILING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.files.records import Source
    from precise_cal.protocol.report import Because, Deviation, Protocol, Sentence, Software, Subject, Summary, Verdict


_WORD_WIDTH: Final = 16
_INDENT: Final = " " * (_WORD_WIDTH + 2)
_TONES: Final = {
    **dict.fromkeys(FAILING, "bad"),
    **dict.fromkeys(UNDECIDED, "open"),
    "ALLOW": "good",
}


def plain(text: str, tone: str) -> str:
    """No color."""
    del tone
    return text


def colored(text: str, tone: str) -> str:
    """Blue, orange and bold: told apart without telling red from green; the words carry the meaning."""
    codes = {"bad": "1;38;5;208", "open": "1;38;5;75", "good": "1", "faint": "2"}
    return f"\x1b[{codes[tone]}m{text}\x1b[0m" if tone in codes else text


class TextFormat:
    """Lines for a terminal.

    Args:
        paint: `plain` or `colored`.
        verbose: whether every verdict is shown, or only what needs a person.
    """

    def __init__(self, paint: Callable[[str, str], str], *, verbose: bool) -> None:
        self._paint = paint
        self.explains_all = self._verbose = verbose
        self._rules = ""

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """Nothing: the last line names the rules."""
        self._rules = f"{protocol.study_id} {protocol.version}, rules {protocol.sha256[:12]}"
        yield from ()

    def subject(self, source: Source, subject: Subject) -> Iterator[str]:
        """One line, and below it what was found."""
        yield f"{self._headline(subject)}\n"
        for verdict in subject.verdicts:
            if verdict.kind != "gate" and (self._verbose or _needs_a_person(verdict)):
                yield from self._verdict(subject, verdict)
        for deviation in subject.deviations:
            yield from self._deviation(deviation)
        yield from self._remarks(subject)

    def end(self, summary: Summary, status: int) -> Iterator[str]:
        """The count."""
        gate = ", ".join(f"{count} {word}" for word, count in summary.gate.items() if count)
        deviations = sum(summary.deviations.values())
        parts = [
            f"{summary.subjects} participant{'s' * (summary.subjects != 1)}",
            gate or "none judged",
            f"{deviations} candidate deviation{'s' * (deviations != 1)}",
            f"{summary.queries} quer{'y' if summary.queries == 1 else 'ies'}",
            self._rules,
            f"exit {status}",
        ]
        yield self._paint(" · ".join(parts), "faint") + "\n"

    def _headline(self, subject: Subject) -> str:
        gate = subject.gate
        decision = self._paint(gate.decision, _TONES.get(gate.decision, ""))
        reasons = [f"{', '.join(gate.blocking)} against it"] * bool(gate.blocking)
        reasons += [f"{', '.join(gate.missing)} undecided"] * bool(gate.missing)
        told = "; ".join([*reasons, *_what_happened(subject)])
        return f"{self._paint(printable(subject.subject_id), 'good')}  {decision}  {told}"

    def _verdict(self, subject: Subject, verdict: Verdict) -> Iterator[str]:
        word = verdict.verdict.replace("_", " ").lower()
        head = self._paint(word.ljust(_WORD_WIDTH), _TONES.get(verdict.verdict, ""))
        yield f"  {head}{verdict.id:<9} {verdict.title}\n"
        for sentence in verdict.says:
            yield f"{_INDENT}{_sentence(sentence)}\n"
        if (_needs_a_person(verdict) and not verdict.says) or self._verbose:
            for because in verdict.because:
                if because.observed == because.required and not self._verbose:
                    continue
                yield f"{_INDENT}{self._because(because)}\n"
        for query in subject.queries:
            if query.rule == verdict.id:
                yield f"{_INDENT}ask {printable(query.ask)}  {self._paint(query.pointer, 'faint')}\n"
        if _needs_a_person(verdict):
            clause = f'"{verdict.quote}"'
            yield f"{_INDENT}{self._paint(clause, 'faint')}\n"

    def _because(self, because: Because) -> str:
        item = f"{printable(because.item)}: " if because.item else ""
        observed = "not known" if because.observed is None else printable(because.observed)
        required = f", required {printable(because.required)}" if because.required else ""
        return f"{item}{observed}{required}  {self._paint(because.pointer, 'faint')}"

    def _deviation(self, deviation: Deviation) -> Iterator[str]:
        head = self._paint("deviation".ljust(_WORD_WIDTH), "bad")
        item = f" ({printable(deviation.item)})" if deviation.item else ""
        yield f"  {head}{deviation.code:<9} {deviation.term}{item}, {deviation.importance}, {deviation.status}\n"

    def _remarks(self, subject: Subject) -> Iterator[str]:
        shown = {verdict.id for verdict in subject.verdicts if self._verbose or _needs_a_person(verdict)}
        for query in subject.queries:
            if query.rule not in shown:
                head = self._paint("query".ljust(_WORD_WIDTH), "open")
                yield f"  {head}{query.rule:<9} {printable(query.ask)}  {self._paint(query.pointer, 'faint')}\n"
        for notice in subject.notices:
            if self._verbose or notice.code not in _ROUTINE or notice.rule in shown:
                item = f"{printable(notice.item)}: " if notice.item else ""
                yield f"  {'notice':<{_WORD_WIDTH}}{notice.rule:<9} {item}{printable(notice.text)} [{notice.code}]\n"


_ROUTINE: Final = frozenset({"ABSENCE_ASSUMED", "PROVISIONAL_WINDOW"})
"""Notices that nearly every participant has: shown beside a verdict that needs a person, or with --verbose."""


def _sentence(sentence: Sentence) -> str:
    item = f"{printable(sentence.item)}: " if sentence.item else ""
    return f"{item}{printable(sentence.en)}"


def _what_happened(subject: Subject) -> Iterator[str]:
    """Deviations, what needs attention, and events: said also where all is in order."""
    count = len(subject.deviations)
    yield f"{count or 'no'} deviation{'s' * (count > 1)}"
    open_rules = [one.id for one in subject.verdicts if one.kind == "conduct" and one.verdict in UNDECIDED]
    if open_rules:
        yield f"{', '.join(open_rules)} to be looked at"
    events = [one for one in subject.verdicts if one.kind == "outcome" and one.verdict == "YES"]
    if events:
        told = ", ".join(sentence.en for one in events for sentence in one.says) or ", ".join(one.id for one in events)
        yield f"{len(events)} event{'s' * (len(events) != 1)}: {printable(told)}"
    pending = [one.id for one in subject.verdicts if one.kind == "outcome" and one.verdict in UNDECIDED]
    if pending:
        yield f"{', '.join(pending)} open"


def _needs_a_person(verdict: Verdict) -> bool:
    return verdict.verdict in FAILING or verdict.verdict in UNDECIDED
