"""A run of ``precise report``: read, judge, decide, mask, write."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from precise_cal.cli.checking import generated_at
from precise_cal.cli.echo import echo
from precise_cal.cli.inputs import check_font, record_files
from precise_cal.cli.progress import bar, watched
from precise_cal.cli.report_changed import compare, timeless
from precise_cal.cli.report_input import judged
from precise_cal.cli.report_review import decisions, guard_workbook
from precise_cal.cli.report_study import study_of
from precise_cal.engine.across import Across
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.catalog import catalog_of
from precise_cal.files.folder import Output
from precise_cal.files.records import InputError
from precise_cal.language.catalog import Joined, Verbatim, message, plural
from precise_cal.reports.assemble import Frame, cases_of, fingerprints, trial_of
from precise_cal.reports.changed import MADE, Mark, kept_marks
from precise_cal.reports.files import DATA_FORMATS, DOCUMENTS, WORKBOOK, files
from precise_cal.reports.ledger import NAME, ledger_bytes, parse_ledger
from precise_cal.reports.produce import produce

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.cli.report_changed import Compared
    from precise_cal.language.wording import Language
    from precise_cal.protocol.provenance import Provenance
    from precise_cal.protocol.temporal import DateTime
    from precise_cal.reports.case import Trial
    from precise_cal.reports.files import File, FormatName
    from precise_cal.reports.ledger import Ledger

_SHOWN = 20
"""So many files that were written are named."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    out: Path
    formats: tuple[FormatName, ...]
    merge: Path | None
    dvcat: str
    regime: str
    unmasked: bool
    force: bool
    language: Language
    font: Path | None
    simulated: bool
    provenance: Provenance | None = None
    submission: bool = True
    """SDTM without candidates of deviations."""
    checkpoint: str = ""
    """A signed checkpoint of the log, for every document."""
    changed: bool = False
    """Only what is not there already."""


def write_report(arguments: Sequence[str], wanted: Wanted, rules: Path, now: DateTime | None) -> None:
    """Write every document, or none.

    Raises:
        PreciseError: an argument, a record, a workbook or the folder is not as it should be.
    """
    gc.enable()
    check_font(wanted.font)
    book = rulebook(rules)
    checker = Checker(book, now)
    study = study_of(book)
    made_at = generated_at(now)
    paths = record_files(arguments)
    across = Across(book)
    catalog = catalog_of(book, wanted.language)
    shows = not DOCUMENTS.isdisjoint(wanted.formats)
    read = judged(checker, watched(paths), across, wanted.provenance, catalog, with_needed=shows)
    cases = cases_of(read, study)
    frame = Frame(
        made_at,
        checker.software,
        checker.protocol,
        study,
        wanted.regime,
        now,
        across.close(),
        catalog,
        wanted.simulated or any(one.is_simulated for one in read),
        wanted.checkpoint,
    )
    with Output(wanted.out) as output:
        ledger, is_new = decisions(wanted.out, wanted.merge, fingerprints(cases), made_at)
        trial = trial_of(cases, frame, ledger, unmasked=wanted.unmasked)
        asked = list(_files(trial, wanted))
        compared = _compared(trial, asked, wanted) if wanted.changed else None
        planned = compared.changed if compared else asked
        if (wanted.force or compared) and any(file.name == WORKBOOK for file in planned):
            guard_workbook(wanted.out / WORKBOOK, ledger)
        names = [file.name for file in planned]
        if compared:
            output.expect(compared.touched, force=wanted.force)
        output.expect(names, force=wanted.force or compared is not None, inputs=map(Path, paths))
        before = _bytes(wanted.out / NAME)
        marks = _make(planned, output, compared)
        if _bytes(wanted.out / NAME) != before:
            raise InputError(
                message("{ $out }: was changed meanwhile; nothing was written, run it again", out=wanted.out / NAME)
            )
        if is_new:
            output.write(NAME, ledger_bytes(ledger), reads=partial(parse_ledger, NAME))
        gone = compared.gone if compared else []
        if compared and (planned or gone):
            output.write(MADE, kept_marks({**compared.others, **marks}))
        for name in gone:
            output.remove(name)
        if is_new or planned or gone:
            output.commit()
    echo(f"{wanted.out}: {catalog.join(', ', _told(names, ledger, compared))}", err=True)


def _compared(trial: Trial, asked: Sequence[File], wanted: Wanted) -> Compared:
    made = files(timeless(trial), wanted.formats, wanted.dvcat, wanted.font, submission=wanted.submission)
    return compare(wanted.out, asked, made, wanted.font, wanted.formats)


def _told(names: Sequence[str], ledger: Ledger, compared: Compared | None) -> Iterator[str]:
    """What was written, and what stands."""
    yield plural(len(names), "{ $count } file written", "{ $count } files written")
    if compared:
        yield plural(len(compared.standing), "{ $count } unchanged", "{ $count } unchanged")
    if ledger.entries:
        one, many = "{ $count } decision in { $file }", "{ $count } decisions in { $file }"
        yield plural(len(ledger.entries), one, many, file=NAME)
    if compared and names and compared.standing:
        yield message("written: { $files }", files=_named(names))
    if compared and compared.gone:
        yield message("removed, for they are no longer made: { $files }", files=_named(compared.gone))
    if compared and compared.left:
        text = "no longer made, and left, for somebody has changed them: { $files }"
        yield message(text, files=_named(compared.left))


def _named(names: Sequence[str]) -> Joined:
    more = [message("{ $count } more", count=len(names) - _SHOWN)] if len(names) > _SHOWN else []
    return Joined(" ", [*map(Verbatim, names[:_SHOWN]), *more])


def _files(trial: Trial, wanted: Wanted) -> Iterator[File]:
    yield from files(trial, wanted.formats, wanted.dvcat, wanted.font, submission=wanted.submission)
    if DATA_FORMATS.intersection(wanted.formats) and find_spec("odmlib") is None:
        echo("define.xml is left out: it needs pip install 'precise-cal[submission]'", err=True)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _make(planned: Sequence[File], output: Output, compared: Compared | None) -> dict[str, Mark]:
    """Make the files, and give what is to be kept about all that stand then."""
    marks = dict(compared.standing) if compared else {}
    with bar(message("documents"), len(planned)) as advance:
        for name, data in produce(planned):
            output.write(name, data)
            if compared:
                marks[name] = Mark(compared.contents[name], sha256(data).hexdigest())
            advance()
    return marks
