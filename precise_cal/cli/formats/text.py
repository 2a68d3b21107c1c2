"""``--format text``: for people. What fails is told first, with its reason; what is in order takes one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.cli.printable import padded, printable
from precise_cal.language.catalog import ENGLISH, Joined, message, plural
from precise_cal.protocol.provenance import NO_ORIGINS
from precise_cal.protocol.since import Change
from precise_cal.protocol.verdicts import ALLOW, FAILING, UNDECIDED, YES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.cli.formats import Changes
    from precise_cal.cli.view import View
    from precise_cal.engine.tally import Overview
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.provenance import Provenance
    from precise_cal.protocol.report import Because, Deviation, Protocol, Query, Software, Subject, Summary, Verdict


_WORD_WIDTH: Final = 16
_ID_WIDTH: Final = 9
_INDENT: Final = " " * (_WORD_WIDTH + 2)
_TONES: Final = {
    **dict.fromkeys(FAILING, "bad"),
    **dict.fromkeys(UNDECIDED, "open"),
    ALLOW: "good",
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
        catalog: of the language.
        is_selection: whether no more than a choice of the findings is shown; each of them is.
        provenance: the source cells of values, which are shown beside their pointers.
    """

    def __init__(
        self,
        paint: Callable[[str, str], str],
        *,
        verbose: bool,
        catalog: Catalog = ENGLISH,
        is_selection: bool = False,
        provenance: Provenance | None = None,
    ) -> None:
        self._paint = paint
        self._provenance = provenance
        self._origins = NO_ORIGINS
        self._is_selection = is_selection
        self.explains_all = self._verbose = verbose
        self._in = catalog
        self._rules = ""

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """Nothing: the last line names the rules."""
        self._rules = message("{ $study } { $version }, rules { $digest }", study=protocol.study_id,
                              version=protocol.version, digest=protocol.sha256[:12])  # fmt: skip
        yield from ()

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """One line, and below it what was found; of an earlier report, the differences alone."""
        if changes is not None:
            yield from self._changes(subject.subject_id, changes)
            return
        self._origins = self._provenance.of(subject.subject_id) if self._provenance else NO_ORIGINS
        yield f"{self._headline(subject)}\n"
        for verdict in subject.verdicts:
            if verdict.kind != "gate" and (self._verbose or self._is_selection or _needs_a_person(verdict)):
                yield from self._verdict(subject, verdict)
        for deviation in subject.deviations:
            yield from self._deviation(deviation)
        yield from self._remarks(subject)

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """What all participants together show, and the count."""
        for name in view.gone:
            yield from self._changes(name, (Change("gone", "participant", name, "", ""),))
        if view.is_summary:
            yield from self._overview(view.overview)
        for notice in summary.notices:
            text = message("{ $notice } [{ $code }]", notice=notice.text, code=notice.code)
            yield self._head("notice", "", notice.rule, text)
        gate = [message("{ $count } { $decision }", count=n, decision=word) for word, n in summary.gate.items() if n]
        deviations = sum(summary.deviations.values())
        parts = [
            plural(summary.subjects, "{ $count } participant", "{ $count } participants"),
            Joined(", ", gate) if gate else "none judged",
            plural(deviations, "{ $count } candidate deviation", "{ $count } candidate deviations"),
            plural(summary.queries, "{ $count } query", "{ $count } queries"),
            self._rules,
            message("exit { $status }", status=status),
        ]
        if not view.selection.is_everything:
            parts.insert(1, message("{ $count } shown", count=f"{view.overview.subjects:,}"))
        yield self._paint(self._in(Joined(" · ", parts)), "faint") + "\n"

    def _changes(self, name: str, changes: Changes) -> Iterator[str]:
        if changes:
            yield f"{self._paint(printable(name), 'good')}\n"
        for one in changes:
            tone = "bad" if (one.kind, one.what) == ("new", "deviation") or one.after in FAILING else ""
            step: list[str] = [one.before, "→", one.after] if one.before and one.after else []
            text = Joined(" ", [one.what, *step[: 3 * (one.what == "verdict")], one.text])
            yield self._head(one.kind, tone, one.id if one.what != "participant" else "", text)

    def _overview(self, overview: Overview) -> Iterator[str]:
        for rule, counts in overview.verdicts.items():
            words = [
                message("{ $count } { $decision }", count=n, decision=_in_lower(word)) for word, n in counts.items()
            ]
            yield self._head("verdicts", "", rule, Joined(", ", words))
        for (code, term), count in sorted(overview.deviations.items()):
            yield self._head("deviation", "bad", code, message("{ $term }: { $count }", term=term, count=f"{count:,}"))
        for rule, count in overview.queries.items():
            yield self._head("query", "open", rule, f"{count:,}")

    def _headline(self, subject: Subject) -> str:
        gate = subject.gate
        decision = self._paint(self._in(gate.decision), _TONES.get(gate.decision, ""))
        if self._is_selection:  # what is left out would be missing from the counts
            return f"{self._paint(printable(subject.subject_id), 'good')}  {decision}"
        reasons: list[str] = ["Eligible"] * (gate.decision == ALLOW)
        reasons += [message("{ $rules } against it", rules=Joined(", ", gate.blocking))] * bool(gate.blocking)
        reasons += [message("{ $rules } undecided", rules=Joined(", ", gate.missing))] * bool(gate.missing)
        happened = self._in(Joined("; ", [*reasons, *_what_happened(subject)]))
        return f"{self._paint(printable(subject.subject_id), 'good')}  {decision}  {printable(happened)}"

    def _head(self, word: str, tone: str, identifier: str, text: str) -> str:
        head = self._paint(padded(self._in(word), _WORD_WIDTH), tone)
        return f"  {head}{identifier:<{_ID_WIDTH}} {printable(self._in(text))}\n"

    def _verdict(self, subject: Subject, verdict: Verdict) -> Iterator[str]:
        yield self._head(_in_lower(verdict.verdict), _TONES.get(verdict.verdict, ""), verdict.id, verdict.title)
        for sentence in verdict.says:
            yield f"{_INDENT}{printable(self._in(sentence.text))}\n"
        if (_needs_a_person(verdict) and not verdict.says) or self._verbose:
            for because in verdict.because:
                if because.observed == because.required and not self._verbose:
                    continue
                yield f"{_INDENT}{self._because(because)}\n"
        elif _needs_a_person(verdict):
            yield from self._cells(verdict)
        for query in subject.queries:
            if query.rule == verdict.id:
                yield f"{_INDENT}{self._query(query)}\n"
        if _needs_a_person(verdict):
            clause = f'"{verdict.quote}"'
            yield f"{_INDENT}{self._paint(clause, 'faint')}\n"

    def _cells(self, verdict: Verdict) -> Iterator[str]:
        """The source cells of what decided a verdict that is told in sentences."""
        for pointer in dict.fromkeys(one.pointer for one in verdict.because):
            origin = self._origins.of(pointer)
            if origin is not None:
                yield f"{_INDENT}{self._in('recorded in')} {printable(origin.text)}  {self._paint(pointer, 'faint')}\n"

    def _place(self, pointer: str) -> str:
        """A pointer, with the source cell, or the row that would have it."""
        origin = self._origins.near(pointer)
        return self._paint(pointer if origin is None else f"{pointer}  {printable(origin.text)}", "faint")

    def _query(self, query: Query) -> str:
        return f"{printable(self._in(query.request))}  {self._place(query.pointer)}"

    def _because(self, because: Because) -> str:
        """The data as recorded; what is required is a condition, and stands in English beside them."""
        item = f"{printable(because.item)}: " if because.item else ""
        shown = printable(self._in(because.shown))
        required = f", required {printable(because.required)}" if because.required and self._in is ENGLISH else ""
        return f"{item}{shown}{required}  {self._place(because.pointer)}"

    def _deviation(self, one: Deviation) -> Iterator[str]:
        term = message("{ $term } ({ $item })", term=one.term, item=one.item) if one.item else one.term
        text = message(
            "{ $term }, { $importance }, { $status }", term=term, importance=one.importance, status=one.status
        )
        yield self._head("deviation", "bad", one.code, text)

    def _remarks(self, subject: Subject) -> Iterator[str]:
        shown = {verdict.id for verdict in subject.verdicts if self._verbose or _needs_a_person(verdict)}
        for query in subject.queries:
            if query.rule not in shown:
                head = self._paint(padded(self._in("query"), _WORD_WIDTH), "open")
                ask = printable(self._in(query.request))
                yield f"  {head}{query.rule:<{_ID_WIDTH}} {ask}  {self._place(query.pointer)}\n"
        for notice in subject.notices:
            if self._verbose or notice.code not in _ROUTINE or notice.rule in shown:
                item = message("{ $item }: ", item=notice.item) if notice.item else ""
                text = message("{ $item }{ $notice } [{ $code }]", item=item, notice=notice.text, code=notice.code)
                yield self._head("notice", "", notice.rule, text)


_ROUTINE: Final = frozenset({"ABSENCE_ASSUMED", "PROVISIONAL_WINDOW"})
"""Notices that nearly every participant has: shown beside a verdict that needs a person, or with --verbose."""


def _what_happened(subject: Subject) -> Iterator[str]:
    """Deviations, what needs attention, and events: said also where all is in order."""
    count = len(subject.deviations)
    yield plural(count, "{ $count } deviation", "{ $count } deviations") if count else "no deviation"
    open_rules = [one.id for one in subject.verdicts if one.kind == "conduct" and one.verdict in UNDECIDED]
    if open_rules:
        yield message("{ $rules } to be looked at", rules=Joined(", ", open_rules))
    events = [one for one in subject.verdicts if one.kind == "outcome" and one.verdict == YES]
    if events:
        told = [sentence.words for one in events for sentence in one.says] or [one.id for one in events]
        which = Joined(", ", told)
        yield plural(len(events), "{ $count } event: { $events }", "{ $count } events: { $events }", events=which)
    pending = [one.id for one in subject.verdicts if one.kind == "outcome" and one.verdict in UNDECIDED]
    if pending:
        yield message("{ $rules } open", rules=Joined(", ", pending))


def _in_lower(word: str) -> str:
    return word.replace("_", " ").lower()


def _needs_a_person(verdict: Verdict) -> bool:
    return verdict.verdict in FAILING or verdict.verdict in UNDECIDED
