"""The files of a QFR run: refused before the analysis where they cannot be written, and written after it was told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.cli.echo import tell
from precise_cal.cli.inputs import check_font
from precise_cal.cli.qfr_into import read_back, record_text, referred, require
from precise_cal.exchange.measurement import with_measurement, with_suitability
from precise_cal.files.errors import FileError
from precise_cal.files.names import beside
from precise_cal.files.records import InputError
from precise_cal.files.writing import check_target, update_file, write_file
from precise_cal.language.catalog import message, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from precise_cal.exchange.measurement import Occasion, Place
    from precise_cal.qfr.lumen.analysis import Analysis

PLOTS: Final = (".svg", ".png")
_DIGITS: Final = 12
"""Of the SHA-256 in the name of a saved analysis."""


@dataclass(frozen=True)
class Wanted:
    """The files that were asked for; ``source`` is what is analyzed."""

    source: Path
    report: Path | None
    plot: Path | None
    analysis: Path | None
    into: Path | None
    force: bool
    trial: Path | None = None
    """The folder of the trial that the record belongs to; None for the one that comes with the program."""
    font: Path | None = None
    """For the words of a PNG."""

    @cached_property
    def place(self) -> Place:
        """Where the record takes a measurement."""
        from precise_cal.cli.given import rules_folder
        from precise_cal.cli.qfr_place import place_of

        return place_of(rules_folder(self.trial))

    def check(self, occasion: Occasion, inputs: Iterable[Path] = ()) -> None:
        """Refuse what cannot be written, before anything is computed.

        Args:
            occasion: of the measurement.
            inputs: what is read beside the source.

        Raises:
            InputError: an option is missing, or two of them name one file; the record is not valid.
            FileError: a file exists, is an input, or cannot be written.
        """
        read = self._inputs(inputs)
        if self.plot is not None and self.plot.suffix.lower() not in PLOTS:
            raise InputError(message("{ $plot }: a plot ends in { $plots }", plot=self.plot, plots=" or ".join(PLOTS)))
        check_font(self.font)
        named = {"--report": self.report, "--plot": self.plot, "--analysis": self.analysis}
        given = {option: path for option, path in named.items() if path is not None}
        for (one, path), (other, second) in combinations(given.items(), 2):
            if path.resolve() == second.resolve():
                raise InputError(
                    message("{ $path }: { $one } and { $other } name one file", path=path, one=one, other=other)
                )
        for path in given.values():
            check_target(path, force=self.force, inputs=read)
        if self.into is not None:
            self._check_record(self.into, occasion)
            if self.analysis is None:
                check_target(self._named_by(b""), force=True, inputs=read)

    def _check_record(self, record: Path, occasion: Occasion) -> None:
        require(occasion, self.place)
        check_target(record, force=True)
        text = record_text(self.place, record)
        tried = with_measurement(self.place, text, 0.5, occasion, "analysis.json", sha256(b"").hexdigest())
        read_back(self.place, record, tried)

    def _inputs(self, more: Iterable[Path] = ()) -> list[Path]:
        """What is never written over: sources, the record, and the analyses that it refers to."""
        read = [self.source, *more]
        if self.into is None:
            return read
        return [*read, self.into, *(self.into.parent / name for name in referred(self.place, self.into))]

    def _named_by(self, data: bytes) -> Path:
        """Where an analysis goes that nobody named: its name says what is in it, so that it is never another one."""
        return beside(self.source, f"{self.source.stem}.qfr-{sha256(data).hexdigest()[:_DIGITS]}.json")

    def write_page(self, page: Callable[[], str]) -> None:
        """Write the page, where one is wanted."""
        if self.report is not None:
            write_file(self.report, page().encode(), force=self.force, inputs=self._inputs())

    def write_plot(self, plot: Callable[[str], bytes]) -> None:
        """Write the drawing, where one is wanted; ``plot`` is given the suffix.

        Raises:
            InputError: no font has the characters of a PNG.
            FileError: it cannot be written.
        """
        from precise_cal.qfr.errors import QfrError

        if self.plot is None:
            return
        try:
            drawing = plot(self.plot.suffix.lower())
        except QfrError as error:
            raise InputError(words_of(error)) from error
        write_file(self.plot, drawing, force=self.force, inputs=self._inputs())

    def save(self, data: bytes, found: Analysis, occasion: Occasion, reasons: Sequence[str] | None = None) -> None:
        """Save the analysis and, where there is a number, refer to it from the record.

        Args:
            data: the analysis.
            found: its number, or none where the vessel is not analyzable, and its interval.
            occasion: of the measurement.
            reasons: codes why the film is not suitable, none where it is; None where no film was read.
        """
        if self.analysis is None and self.into is None:
            return
        target, qfr = self._saved(data), found.qfr
        if self.into is None:
            return
        said: list[str] = []

        def change(before: bytes) -> bytes:
            assert self.into is not None
            text = record_text(self.place, self.into, before)
            if qfr is not None:
                named = self._relative(target), sha256(data).hexdigest()
                text = with_measurement(self.place, text, qfr, occasion, *named)
            if reasons is not None:
                text, told = with_suitability(self.place, text, tuple(reasons), occasion.phase)
                said.append(told)
            return read_back(self.place, self.into, text)

        update_file(self.into, change)
        added = (
            "no QFR added, the vessel is not analyzable"
            if qfr is None
            else message("QFR { $qfr } added", qfr=f"{qfr:.2f}")
        )
        for line in (
            message("{ $added }, analysis in { $target }", added=added, target=target),
            *said,
            *_doubts(found),
        ):
            tell(message("{ $into }: { $line }", into=self.into, line=line))

    def _relative(self, target: Path) -> str:
        assert self.into is not None
        return os.path.relpath(target, self.into.parent)

    def _saved(self, data: bytes) -> Path:
        target = self.analysis or self._named_by(data)
        if self.analysis is not None or not target.exists():
            write_file(target, data, force=self.force, inputs=self._inputs())
        elif target.read_bytes() != data:
            raise FileError(
                message(
                    "{ $target }: exists, and is not the analysis that its name tells; move it elsewhere", target=target
                )
            )
        return target


def _doubts(found: Analysis) -> list[str]:
    """What a record does not hold of a number, and a person has to know before anyone is judged by it."""
    if found.interval is None or not found.interval.holds_cutoff:
        return []
    low, high = found.interval.low, found.interval.high
    return [
        message(
            "the record holds the number alone; its interval { $low } to { $high } holds 0.80: have it reviewed",
            low=f"{low:.2f}",
            high=f"{high:.2f}",
        )
    ]
