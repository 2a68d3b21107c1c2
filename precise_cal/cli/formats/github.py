"""``--format github``: annotations that point into the record's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.cli.formats.junit import deviation_in_words, reasons_of
from precise_cal.cli.printable import printable
from precise_cal.language.catalog import ENGLISH, Joined
from precise_cal.protocol.json_text import line_and_column
from precise_cal.protocol.verdicts import FAILING, UNDECIDED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cli.formats import Changes
    from precise_cal.cli.view import View
    from precise_cal.files.records import Source
    from precise_cal.language.catalog import Catalog
    from precise_cal.protocol.report import Protocol, Software, Subject, Summary, Verdict


class GithubFormat:
    """Workflow commands: an error for what fails, a warning for what is undecided."""

    explains_all = False

    def __init__(self, catalog: Catalog = ENGLISH) -> None:
        self._in = catalog

    def begin(self, generated_at: str, software: Software, protocol: Protocol) -> Iterator[str]:
        """Nothing."""
        yield from ()

    def subject(self, source: Source, subject: Subject, changes: Changes | None = None) -> Iterator[str]:
        """A line a finding."""
        for verdict in subject.verdicts:
            if verdict.kind == "gate" or verdict.verdict not in FAILING | UNDECIDED:
                continue
            level = "error" if verdict.verdict in FAILING else "warning"
            text = f"{subject.subject_id}: {self._in(verdict.title)}: {reasons_of(subject, verdict, self._in)}"
            yield self._line(source, level, _pointer(subject, verdict), f"{verdict.id} {verdict.verdict}", text)
        by_rule = {verdict.id: _pointer(subject, verdict) for verdict in subject.verdicts}
        for one in subject.deviations:
            level = "error" if one.importance == "important" else "warning"
            item = f" ({one.item})" if one.item else ""
            text = f"{subject.subject_id}: {self._in(one.term)}{item}: {deviation_in_words(subject, one, self._in)}"
            weight = self._in(Joined(", ", [one.importance, one.status]))
            yield self._line(source, level, by_rule.get(one.rule, ""), f"{one.code} {weight}", text)

    @staticmethod
    def _line(source: Source, level: str, pointer: str, title: str, text: str) -> str:
        line, column = line_and_column(source.data, pointer)
        line += source.line - 1 if source.line else 0
        place = f"file={_property(source.name)},line={line},col={column}"
        return f"::{level} {place},title={_property(title)}::{_data(text)}\n"

    def end(self, summary: Summary, status: int, view: View) -> Iterator[str]:
        """What all participants together show."""
        for notice in summary.notices:
            yield f"::notice title={_property(notice.code)}::{_data(notice.text)}\n"


def _pointer(subject: Subject, verdict: Verdict) -> str:
    """Where in the record the first reason of a verdict stands, or what is asked."""
    asked = [query.pointer for query in subject.queries if query.rule == verdict.id]
    return next((because.pointer for because in verdict.because), asked[0] if asked else "")


def _data(text: str) -> str:
    """Text as workflow commands take it; what they cannot escape, and a terminal could act on, is written as text."""
    return "%0A".join(printable(line) for line in text.replace("%", "%25").split("\n"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
