"""``--format junit``: a suite a participant, a case a rule; a failing one fails, an undecided one is skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from precise_cal.cli.printable import printable
from precise_cal.protocol.report import FAILING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.files.records import Source
    from precise_cal.protocol.report import Protocol, Software, Subject, Summary, Verdict


class JunitFormat:
    """JUnit XML, as continuous-integration servers read it."""

    explains_all = False

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
            yield from _case(subject, verdict)
        yield "</testsuite>\n"

    def end(self, summary: Summary, status: int) -> Iterator[str]:
        """The end of the root element."""
        yield "</testsuites>\n"


def _case(subject: Subject, verdict: Verdict) -> Iterator[str]:
    name = quoteattr(f"{verdict.id} {verdict.title}")
    start = f"<testcase classname={quoteattr(printable(subject.subject_id))} name={name}"
    told = told_reasons(subject, verdict)
    if verdict.verdict in FAILING:
        yield f"{start}><failure message={quoteattr(verdict.verdict)}>{escape(told)}</failure></testcase>\n"
    elif verdict.verdict in UNDECIDED:
        yield f"{start}><skipped message={quoteattr(f'{verdict.verdict}: {told}')}/></testcase>\n"
    else:
        yield f"{start}/>\n"


def told_reasons(subject: Subject, verdict: Verdict) -> str:
    """The reasons of a verdict, and what to supply, in one line."""
    told = [
        f"{because.pointer}: {'not known' if because.observed is None else because.observed}"
        + (f", required {because.required}" if because.required else "")
        for because in verdict.because
    ]
    told += [f"supply {query.ask} at {query.pointer}" for query in subject.queries if query.rule == verdict.id]
    return printable("; ".join(told) or verdict.title)
