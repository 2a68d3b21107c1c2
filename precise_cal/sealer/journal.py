"""What was opened, for whom: a file that only grows, on the disk before anybody hears of it.

Each line is canonical JSON and names the SHA-256 of the line before. A last line without its end was never answered
(the process died while it wrote): it is taken away when the file is opened.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from precise_cal.files.writing import sync_folder
from precise_cal.gate.canonical import canonical, thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from pathlib import Path

START: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A slot that was opened: bound to one participant for ever."""

    stratum: str
    number: int
    site: str
    participant: str
    """By the confusable skeleton of the identifier, so that no second spelling is a second participant."""
    subject_id: str
    decision_id: str
    decision_sha256: str
    at: str
    """When, in UTC."""


class Journal:
    """The openings of a list, in their order."""

    def __init__(self, path: Path) -> None:
        """Read the file, or begin one.

        Raises:
            SealerError: a line was changed, left out or moved.
        """
        self._path = path
        self.openings: list[Opening] = []
        self._heads = [START]
        self._by_participant: dict[str, Opening] = {}
        self._counts: Counter[str] = Counter()
        if path.exists():
            self._read()

    @property
    def head(self) -> str:
        """The last line, by its hash."""
        return self._heads[-1]

    def of(self, participant: str) -> Opening | None:
        """The opening for a participant, by the skeleton of the identifier."""
        return self._by_participant.get(participant)

    def count(self, stratum: str) -> int:
        """How many slots of a stratum were opened."""
        return self._counts[stratum]

    def has_been(self, count: int, head: str) -> bool:
        """Whether the journal once had so many lines, of which the last had this hash."""
        return count < len(self._heads) and self._heads[count] == head

    def append(self, opening: Opening) -> None:
        """Add an opening; it is on the disk when this returns."""
        line = canonical(asdict(opening) | {"previous": self.head}) + b"\n"
        is_new = not self._path.exists()
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        before = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, line)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)
            raise
        finally:
            os.close(descriptor)
        if is_new:
            sync_folder(self._path.parent)
        self._take(line[:-1], opening)

    def _take(self, line: bytes, opening: Opening) -> None:
        self.openings.append(opening)
        self._heads.append(sha256(line).hexdigest())
        self._by_participant.setdefault(opening.participant, opening)
        self._counts[opening.stratum] += 1

    def _read(self) -> None:
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            os.truncate(self._path, whole)
        for number, line in enumerate(data[:whole].splitlines(), 1):
            try:
                members: Any = thaw(line)
                previous = members.pop("previous")
                opening = Opening(**members)
            except (GateError, TypeError, KeyError, AttributeError):
                raise SealerError(
                    "changed", message("{ $path }: line { $number }: no opening", path=self._path, number=number)
                ) from None
            if previous != self.head:
                raise SealerError(
                    "changed",
                    message(
                        "{ $path }: line { $number }: does not follow the line before", path=self._path, number=number
                    ),
                )
            self._take(line, opening)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
