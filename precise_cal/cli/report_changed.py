"""``precise report --changed``: what of a folder's documents stands, and what has to be made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from precise_cal.reports.changed import STAMP, Earlier, Mark, contents
from precise_cal.reports.files import format_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from precise_cal.reports.case import Trial
    from precise_cal.reports.files import File, FormatName


@dataclass(frozen=True, slots=True)
class Compared:
    """The documents that were asked for, held against those that are there."""

    changed: list[File]
    """Those to be made."""
    standing: Mapping[str, Mark]
    """Those that are there."""
    contents: Mapping[str, str]
    """Of each that was asked for, the digest of what it is made of."""
    touched: list[str]
    """Those to be made in whose place something else may be than what the earlier run wrote."""
    gone: list[str]
    """Those that the earlier run wrote, in a format that was asked for, and that are no longer made."""
    left: list[str]
    """Those of them that somebody has changed since, which stay."""
    others: Mapping[str, Mark]
    """What is kept about documents that stay: those, and what is there in formats that were not asked for."""


def timeless(trial: Trial) -> Trial:
    """A trial as it is compared: without ``--now`` as if all documents were made at one and the same time."""
    return trial if trial.now is not None else replace(trial, generated_at=STAMP)


def compare(
    folder: Path, asked: Sequence[File], made: Iterable[File], font: Path | None, formats: Collection[FormatName]
) -> Compared:
    """Hold documents against those that are there.

    Args:
        folder: where they go.
        asked: those that were asked for.
        made: the same of the `timeless` trial.
        font: that of PDF.
        formats: those that were asked for.

    Raises:
        InputError: what the earlier run kept cannot be read.
    """
    earlier = Earlier(folder)
    found = dict(contents(made, font))
    standing = {name: earlier.marks[name] for name, content in found.items() if earlier.stands(name, content)}
    changed = [one for one in asked if one.name not in standing]
    past = {name: mark for name, mark in earlier.marks.items() if name not in found and earlier.is_there(name)}
    stale = [name for name in past if format_of(name) in formats]
    gone = [name for name in stale if earlier.is_untouched(name)]
    return Compared(
        changed,
        standing,
        found,
        [one.name for one in changed if not earlier.is_untouched(one.name)],
        gone,
        [name for name in stale if name not in gone],
        {name: mark for name, mark in past.items() if name not in gone},
    )
