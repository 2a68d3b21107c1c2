"""``--format junit``: a suite a participant, a case a rule; a failing one fails, an undecided one is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from precise_cal.cli.printable import printable
from precise_cal.protocol.catalog import ENGLISH, Joined, message
from precise_cal.protocol.verdicts import FAILING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.files.records import Source
    from precise_cal.protocol.catalog import Catalog
    from precise_cal.protocol.report import Because, Protocol, Software, Subject, Summary, Verdict


class JunitFormat:
    """JUnit XML, as continuous-integration servers read it."""

    explains_all = False

    def __init__(self, catalog: Catalog = ENGLISH) -> None:
        self._in = catalog

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """The root element."""
        name = quoteattr(f"{software.name} {software.version}, {protocol.study_id} {protocol.version}")
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={name}>\n'

    def subject(self, source: Source, subject: Subject) -> Iterator[str]:
        """A suite."""
        failures = sum(verdict.verdict in FAILING for verdict in subject.verdicts)
        skipped = sum(verdict.verdict in UNDECIDED for verdict in subject.verdicts)
        name = quoteattr(printable(subject.subject_id))
        yield (
            f'<testsuite name={name} file={quoteattr(printable(str(source)))} tests="{len(subject.verdicts)}" '
            f'failures="{failures}" skipped="{skipped}">\n'
        )
        for verdict in subject.verdicts:
            yield from self._case(subject, verdict)
        yield "</testsuite>\n"

    def end(self, summary: Summary, status: int) -> Iterator[str]:
        """What all participants together show, and the end of the root element."""
        for notice in summary.notices:
            text = escape(printable(f"{notice.code}: {notice.text}"))
            yield f'<testsuite name={quoteattr(notice.rule)} tests="0"><system-out>{text}</system-out></testsuite>\n'
        yield "</testsuites>\n"

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
    parts += [message("supply { $datum } at { $pointer }", datum=one.ask, pointer=one.pointer) for one in asked]
    return printable(catalog(Joined("; ", parts or [verdict.title])))


def _datum(because: Because) -> str:
    observed = because.observed or "not known"
    wanted = message(", required { $required }", required=because.required) if because.required else ""
    return message("{ $pointer }: { $observed }{ $wanted }", pointer=because.pointer, observed=observed, wanted=wanted)
