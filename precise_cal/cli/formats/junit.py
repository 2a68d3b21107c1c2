"""``--format junit``: a suite a participant, a case a rule; a failing one fails, an undecided one is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from precise_cal.cli.printable import printable
from precise_cal.language.catalog import ENGLISH, Joined, message
from precise_cal.protocol.verdicts import FAILING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cli.formats import Changes
    from precise_cal.cli.view import View
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.report import Because, Deviation, Protocol, Software, Subject, Summary, Verdict


class JunitFormat:
    """JUnit XML, as continuous-integration servers read it."""

    explains_all = False

    def __init__(self, catalog: Catalog = ENGLISH) -> None:
        self._in = catalog

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """The root element."""
        name = quoteattr(f"{software.name} {software.version}, {protocol.study_id} {protocol.version}")
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={name}>\n'

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """A suite."""
        failures = sum(verdict.verdict in FAILING for verdict in subject.verdicts) + len(subject.deviations)
        skipped = sum(verdict.verdict in UNDECIDED for verdict in subject.verdicts)
        tests = len(subject.verdicts) + len(subject.deviations)
        name = quoteattr(printable(subject.subject_id))
        yield (
            f'<testsuite name={name} file={quoteattr(printable(str(source)))} tests="{tests}" '
            f'failures="{failures}" skipped="{skipped}">\n'
        )
        for verdict in subject.verdicts:
            yield from self._case(subject, verdict)
        for deviation in subject.deviations:
            yield self._deviation(subject, deviation)
        yield "</testsuite>\n"

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """What all participants together show, and the end of the root element."""
        for notice in summary.notices:
            text = escape(printable(f"{notice.code}: {notice.text}"))
            yield f'<testsuite name={quoteattr(notice.rule)} tests="0"><system-out>{text}</system-out></testsuite>\n'
        yield "</testsuites>\n"

    def _deviation(self, subject: Subject, one: Deviation) -> str:
        name = quoteattr(printable(f"{one.code} {self._in(one.term)}" + (f" ({one.item})" if one.item else "")))
        start = f"<testcase classname={quoteattr(printable(subject.subject_id))} name={name}"
        why = escape(deviation_in_words(subject, one, self._in))
        weight = quoteattr(self._in(Joined(", ", [one.importance, one.status])))
        return f"{start}><failure message={weight}>{why}</failure></testcase>\n"

    def _case(self, subject: Subject, verdict: Verdict) -> Iterator[str]:
        name = quoteattr(printable(f"{verdict.id} {self._in(verdict.title)}"))
        start = f"<testcase classname={quoteattr(printable(subject.subject_id))} name={name}"
        reasons = reasons_of(subject, verdict, self._in)
        if verdict.verdict in FAILING:
            yield f"{start}><failure message={quoteattr(verdict.verdict)}>{escape(reasons)}</failure></testcase>\n"
        elif verdict.verdict in UNDECIDED:
            yield f"{start}><skipped message={quoteattr(f'{verdict.verdict}: {reasons}')}/></testcase>\n"
        else:
            yield f"{start}/>\n"


def reasons_of(subject: Subject, verdict: Verdict, catalog: Catalog) -> str:
    """The sentences of a verdict, else the data that decided it, and what to supply, in one line."""
    parts: list[str] = [sentence.text for sentence in verdict.says] or [_datum(one) for one in verdict.because]
    asked = [query for query in subject.queries if query.rule == verdict.id]
    parts += [message("{ $request } at { $pointer }", request=one.request, pointer=one.pointer) for one in asked]
    return printable(catalog(Joined("; ", parts or [verdict.title])))


def deviation_in_words(subject: Subject, one: Deviation, catalog: Catalog) -> str:
    """What happened, by the sentences of the rule for the item, else by the steps that led to the deviation."""
    says = [sentence for verdict in subject.verdicts if verdict.id == one.rule for sentence in verdict.says]
    own: list[str] = [sentence.text for sentence in says if one.item is None or sentence.item in (None, one.item)]
    return printable(catalog(Joined("; ", own or [step.text for step in one.chain] or [one.why])))


def _datum(because: Because) -> str:
    observed = because.observed or "not known"
    wanted = message(", required { $required }", required=because.required) if because.required else ""
    return message("{ $pointer }: { $observed }{ $wanted }", pointer=because.pointer, observed=observed, wanted=wanted)
