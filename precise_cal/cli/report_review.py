"""The decisions beside the reports: read, merged with a reviewed workbook, and never written over."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from precise_cal.files.records import InputError
from precise_cal.language.catalog import message, plural
from precise_cal.reports.ledger import NAME, Ledger, read_ledger

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def decisions(out: Path, merge: Path | None, current: Mapping[tuple[str, str], str], at: str) -> tuple[Ledger, bool]:
    """The decisions of a folder, with those of a workbook where one is merged; and whether there are new ones.

    Raises:
        LedgerError, WorkbookError, InputError: something cannot be read, or would lose or overrule a decision.
    """
    ledger = read_ledger(out / NAME)
    if merge is None:
        return ledger, False
    from precise_cal.reports.workbook.merge import Origin, merged
    from precise_cal.reports.workbook.read import read_workbook

    rows = read_workbook(merge)
    digest = sha256(merge.read_bytes()).hexdigest()
    more = merged(rows, ledger, current, Origin(merge.name, digest, at))
    return more, len(more.entries) > len(ledger.entries)


def guard_workbook(path: Path, ledger: Ledger) -> None:
    """Refuse to overwrite a workbook that holds decisions which were never merged.

    Raises:
        InputError: it does, or it is no workbook of this program.
    """
    if not path.exists():
        return
    from precise_cal.reports.workbook.merge import is_changed
    from precise_cal.reports.workbook.read import WorkbookError, read_workbook

    try:
        rows = read_workbook(path)
    except WorkbookError as error:
        raise InputError(
            message(
                "{ $path }: would be overwritten, and its content may be a reviewer's: { $problems }",
                path=path,
                problems=error.problems[0],
            )
        ) from None
    problems: list[str] = []
    lost = [row.place for row in rows if is_changed(row, ledger, problems)]
    if lost or problems:
        first = (
            plural(
                len(lost),
                "{ $count } decision that was never merged, in { $place }",
                "{ $count } decisions that were never merged, the first in { $place }",
                place=lost[0],
            )
            if lost
            else problems[0]
        )
        raise InputError(
            message(
                "{ $path }: would be overwritten, but holds { $first }; --merge { $path } takes them back first",
                path=path,
                first=first,
            )
        )
