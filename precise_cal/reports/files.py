"""Which files a report consists of, and how each is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
DOCUMENTS: Final = frozenset(_SUFFIXES)
"""Those that show a participant's report."""


def format_of(name: str) -> FormatName | None:
    """The format of a file of a report; None of what is none.

    Args:
        name: relative to the folder.
    """
    *folders, file = name.split("/")
    if any(one in {"", ".", ".."} for one in (*folders, file)) or "\\" in name:
        return None
    if name == WORKBOOK:
        return "xlsx"
    by_folder = next((one for one in FORMATS if folders == [one]), None)
    return by_folder or next((one for one in FORMATS if file.endswith(f".{_SUFFIXES.get(one)}")), None)


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
    beside: bool = False
    """Whether it is made from the same document as its neighbors, which is at hand while they are made in turn."""


def files(
    trial: Trial,
    formats: Sequence[FormatName],
    dvcat: str = "category",
    font: Path | None = None,
    *,
    submission: bool = True,
) -> Iterator[File]:
    """The files of a report; those of documents in the order in which they are best made.

    Args:
        trial: the participants, masked as they shall be shown.
        formats: which of `FORMATS`.
        dvcat: the convention of SDTM DVCAT, one of `DVCAT_CONVENTIONS`.
        font: a file with the characters that PDF needs beyond Typst's own.
        submission: SDTM without what a submission must not hold: candidates of deviations.
    """
    names = file_names(case.id for case in trial.cases)
    forms = [
        _Form(_SUFFIXES[name], *_renderer(name, font)) for name in FORMATS if name in formats and name in _SUFFIXES
    ]
    yield from _documents(trial, forms, names)
    for name in FORMATS:
        if name in formats and name not in _SUFFIXES:
            if name == "xlsx":
                yield File(WORKBOOK, lambda: _workbook(trial))
            elif name == "csv":
                yield from _csv(trial)
            elif name == "queries":
                yield from _queries(trial)
            else:
                yield from _datasets(trial, name, dvcat, submission=submission)


@dataclass(frozen=True, slots=True)
class _Form:
    """A format of documents: the ending of its files, and what makes them of a document."""

    suffix: str
    write: Callable[[Document], Any]
    finish: Callable[[Any], bytes]


def _documents(trial: Trial, forms: Sequence[_Form], names: Mapping[str, str]) -> Iterator[File]:
    """The trial report, and one for each participant; of a single participant, that one alone."""
    from precise_cal.reports.participant import participant_document

    if len(trial.cases) == 1:
        (case,) = trial.cases
        made = _Shared(lambda: spoken(participant_document(case, trial), trial.catalog), len(forms))
        for one in forms:
            yield File(f"participant-{names[case.id]}.{one.suffix}", _writing(one, made), one.finish, beside=True)
        return
    for one in forms:
        yield from _of_the_trial(trial, one, names)
    for case in trial.cases:
        made = _Shared(partial(_of_participant, case, trial), len(forms))
        for one in forms:
            write = _writing(one, made, ("Trial report", f"../trial.{one.suffix}"))
            yield File(_link(names[case.id], one), write, one.finish, beside=True)


def _of_the_trial(trial: Trial, form: _Form, names: Mapping[str, str]) -> Iterator[File]:
    """The trial report, and the letters to the sites."""
    from precise_cal.reports.letter import letter
    from precise_cal.reports.trial import trial_document

    links = {one: _link(name, form) for one, name in names.items()}
    letters = {site: f"letters/{name}.{form.suffix}" for site, name in file_names(trial.sites).items()}
    home = ("Trial report", f"../trial.{form.suffix}")

    def render(make: Callable[[], Document]) -> Callable[[], Any]:
        return lambda: form.write(spoken(make(), trial.catalog))

    report = render(lambda: trial_document(trial, links, letters))
    yield File(f"trial.{form.suffix}", report, form.finish, beside=True)
    for site, name in letters.items():
        yield File(name, render(partial(letter, trial, site, home)), form.finish, beside=True)


def _link(name: str, form: _Form) -> str:
    return f"participants/{name}.{form.suffix}"


def _of_participant(case: Case, trial: Trial) -> Document:
    from precise_cal.reports.participant import participant_document

    return spoken(participant_document(case, trial, ("Trial report", "")), trial.catalog)


class _Shared:
    """A document that several formats are made of, one after the other; it is let go of after the last one."""

    def __init__(self, make: Callable[[], Document], uses: int) -> None:
        self._make = make
        self._uses = self._left = uses
        self._kept: Document | None = None

    def take(self) -> Document:
        """The document, for one of the formats."""
        document = self._kept or self._make()
        self._left -= 1
        self._kept = document if self._left else None
        self._left = self._left or self._uses
        return document


def _writing(form: _Form, made: _Shared, home: tuple[str, str] | None = None) -> Callable[[], Any]:
    def write() -> Any:
        document = made.take()
        if home is None or document.home is None:
            return form.write(document)
        return form.write(replace(document, home=(document.home[0], home[1])))

    return write


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
