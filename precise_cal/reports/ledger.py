"""The file of decisions beside the reports: one line each, never changed, never removed.

The last line about a row holds. A decision about a deviation holds as long as the reviewer would see the same; when the
data have changed, the deviation is a candidate again, and the decision is shown among those that are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.files.regular import open_regular
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.reports.case import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME: Final = "decisions.jsonl"


class LedgerError(PreciseError):
    """The file of decisions cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision about one row."""

    sheet: str
    id: str
    revision: int
    """1 for the first decision about the row."""
    fingerprint: str
    values: Mapping[str, str]
    merged_at: str
    workbook: str
    """The name of the file that it came from."""
    workbook_sha256: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All decisions, in the order in which they were taken."""

    entries: tuple[Entry, ...] = ()

    def of(self, sheet: str, name: str) -> tuple[Entry, ...]:
        """The decisions about a row, the first one first."""
        return tuple(one for one in self.entries if (one.sheet, one.id) == (sheet, name))

    def latest(self) -> dict[tuple[str, str], Entry]:
        """The decision that holds, for every row that has one."""
        return {(one.sheet, one.id): one for one in self.entries}


def read_ledger(path: Path) -> Ledger:
    """The decisions in a file; none where it does not exist.

    Raises:
        LedgerError: a line is not as it was written.
    """
    try:
        with open_regular(path) as stream:
            data = stream.read()
    except FileNotFoundError:
        return Ledger()
    except OSError as error:
        raise LedgerError(
            message("{ $path }: cannot be read: { $strerror }", path=path, strerror=error.strerror)
        ) from None
    return parse_ledger(path, data)


def parse_ledger(path: Path | str, data: bytes) -> Ledger:
    """The decisions in the content of a file.

    Raises:
        LedgerError: a line is not as it was written.
    """
    entries = []
    known: Counter[tuple[str, str]] = Counter()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise LedgerError(message("{ $path }: cannot be read: not UTF-8", path=path)) from None
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), start=1):
        try:
            entry = Entry(**json.loads(line))
        except (ValueError, TypeError):
            raise LedgerError(
                message(
                    "{ $path }:{ $number }: is no decision; restore the file from a copy, nothing was written",
                    path=path,
                    number=number,
                )
            ) from None
        known[entry.sheet, entry.id] += 1
        expected = known[entry.sheet, entry.id]
        if entry.revision != expected:
            what = message(
                "revision { $revision } of { $id }, expected { $expected }",
                revision=entry.revision,
                id=entry.id,
                expected=expected,
            )
            raise LedgerError(
                message(
                    "{ $path }:{ $number }: { $what }; a line is missing or doubled",
                    path=path,
                    number=number,
                    what=what,
                )
            )
        entries.append(entry)
    return Ledger(tuple(entries))


def ledger_bytes(ledger: Ledger) -> bytes:
    """The file of decisions."""
    return "".join(f"{json.dumps(asdict(one), ensure_ascii=False)}\n" for one in ledger.entries).encode()


def holding(
    ledger: Ledger, fingerprints: Mapping[tuple[str, str], str]
) -> tuple[dict[tuple[str, str], Decision], list[tuple[str, str, Decision]]]:
    """The decisions that hold, by sheet and id; and those that are kept but hold no longer.

    Args:
        ledger: all decisions.
        fingerprints: what a reviewer would see now, for every row.
    """
    held: dict[tuple[str, str], Decision] = {}
    kept: list[tuple[str, str, Decision]] = []
    for key, entry in sorted(ledger.latest().items()):
        current = fingerprints.get(key)
        if current == entry.fingerprint:
            held[key] = Decision(entry.values, entry.revision)
        else:
            kept.append((*key, Decision(entry.values, entry.revision)))
            if current is not None:
                held[key] = Decision({}, entry.revision)
    return held, kept
