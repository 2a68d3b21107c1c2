"""Which files a report consists of, and how each is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.reports.file_names import file_names
from precise_cal.reports.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.document import Document

FormatName = Literal["html", "pdf", "xlsx", "sdtm", "adam", "csv", "markdown", "queries"]
FORMATS: Final[tuple[FormatName, ...]] = ("html", "pdf", "xlsx", "sdtm", "adam", "csv", "markdown", "queries")
DATA_FORMATS: Final = frozenset({"sdtm", "adam"})
"""Those that a Define-XML describes."""
DVCAT_CONVENTIONS: Final = ("category", "importance", "severity")
WORKBOOK: Final = "findings.xlsx"
_SUFFIXES: Final[Mapping[str, str]] = {"html": "html", "pdf": "pdf", "markdown": "md"}


def as_bytes(data: bytes) -> bytes:
    """What is ready already."""
    return data


@dataclass(frozen=True, slots=True)
class File:
    """A file of a report."""

    name: str
    """Relative to the folder."""
    make: Callable[[], Any]
    finish: Callable[[Any], bytes] = as_bytes
    """Makes the bytes from what `make` returns; another process may run it."""


def files(
    trial: Trial,
    formats: Sequence[FormatName],
    dvcat: str = "category",
    font: Path | None = None,
    *,
    submission: bool = True,
) -> Iterator[File]:
    """The files of a report, in the order in which they are made.

    Args:
        trial: the participants, masked as they shall be shown.
        formats: which of `FORMATS`.
        dvcat: the convention of SDTM DVCAT, one of `DVCAT_CONVENTIONS`.
        font: a file with the characters that PDF needs beyond Typst's own.
        submission: SDTM without what a submission must not hold: candidates of deviations.
    """
    names = file_names(case.id for case in trial.cases)
    for name in FORMATS:
        if name in formats:
            if name in _SUFFIXES:
                yield from _documents(trial, name, names, font)
            elif name == "xlsx":
                yield File(WORKBOOK, lambda: _workbook(trial))
            elif name == "csv":
                yield from _csv(trial)
            elif name == "queries":
                yield from _queries(trial)
            else:
                yield from _datasets(trial, name, dvcat, submission=submission)


def _documents(trial: Trial, form: str, names: Mapping[str, str], font: Path | None) -> Iterator[File]:
    """The trial report, and one for each participant; of a single participant, that one alone."""
    from precise_cal.reports.participant import participant_document
    from precise_cal.reports.trial import trial_document

    write, finish = _renderer(form, font)

    def render(document: Document) -> Any:
        return write(spoken(document, trial.catalog))

    suffix = _SUFFIXES[form]
    if len(trial.cases) == 1:
        (case,) = trial.cases
        yield File(f"participant-{names[case.id]}.{suffix}", lambda: render(participant_document(case, trial)), finish)
        return
    links = {one: f"participants/{name}.{suffix}" for one, name in names.items()}
    letters = {site: f"letters/{name}.{suffix}" for site, name in file_names(trial.sites).items()}
    yield File(f"trial.{suffix}", lambda: render(trial_document(trial, links, letters)), finish)
    home = ("Trial report", f"../trial.{suffix}")

    for site, name in letters.items():
        yield File(name, partial(_letter, render, trial, site, home), finish)

    def make(case: Case) -> Callable[[], Any]:
        return lambda: render(participant_document(case, trial, home))

    for case in trial.cases:
        yield File(links[case.id], make(case), finish)


def _letter(render: Callable[[Document], Any], trial: Trial, site: str, home: tuple[str, str]) -> Any:
    from precise_cal.reports.letter import letter

    return render(letter(trial, site, home))


def _renderer(form: str, font: Path | None) -> tuple[Callable[[Document], Any], Callable[[Any], bytes]]:
    if form == "html":
        from precise_cal.reports.html import as_html

        return lambda document: as_html(document).encode(), as_bytes
    if form == "pdf":
        from precise_cal.reports.pdf.render import compile_pdf, pdf_data

        return pdf_data, partial(compile_pdf, font=font)
    from precise_cal.reports.markdown import as_markdown

    return lambda document: as_markdown(document).encode(), as_bytes


def _workbook(trial: Trial) -> bytes:
    from precise_cal.reports.workbook import as_xlsx

    return as_xlsx(trial)


def _csv(trial: Trial) -> Iterator[File]:
    from precise_cal.reports.delimited import csv_files

    yield from (File(f"csv/{name}", make) for name, make in csv_files(trial).items())


def _queries(trial: Trial) -> Iterator[File]:
    from precise_cal.reports.queries import query_files

    sites = file_names(trial.sites)
    yield from (File(f"queries/{name}", make) for name, make in query_files(trial, sites).items())


def _datasets(trial: Trial, name: str, dvcat: str, *, submission: bool) -> Iterator[File]:
    if name == "sdtm":
        from precise_cal.reports.sdtm import sdtm_files

        made = sdtm_files(trial, dvcat, submission=submission)
    else:
        from precise_cal.reports.adam import adam_files

        made = adam_files(trial, dvcat)
    yield from (File(f"{name}/{file}", make) for file, make in made.items())
