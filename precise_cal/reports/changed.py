"""Which documents of an earlier run stand: those that would be made of the same today, and that nobody touched.

A run with ``--changed`` keeps, beside the documents, what each was made of: a digest of its content as it is before it
is stamped with the time. Content is made anew to be compared, whatever it depends on; what takes long, setting pages
in type, is done for what changed alone.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from precise_cal.files.records import InputError
from precise_cal.language.catalog import message
from precise_cal.reports.files import format_of
from precise_cal.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from precise_cal.reports.files import File

MADE: Final = "made.json"
"""The file that says what documents were made of."""
STAMP: Final = "2000-01-01T00:00:00+00:00"
"""The time in place of that of a run, where documents are compared."""
_FORM: Final = "1.0"
_WRITERS: Final = ("typst", "openpyxl", "Jinja2")
_TRANSPORT_TIME: Final = re.compile(rb"\d\d[A-Z]{3}\d\d:\d\d:\d\d:\d\d")
_PROPERTIES: Final = "docProps/core.xml"


class Mark(NamedTuple):
    """What a document was made of, and what it came to, as SHA-256."""

    content: str
    file: str


class Earlier:
    """What an earlier run kept about the documents of a folder; nothing of a folder without it.

    Args:
        folder: of the documents.

    Raises:
        InputError: what was kept cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.marks: dict[str, Mark] = {}
        path = folder / MADE
        if path.exists():
            self.marks = _parsed(path)

    def is_untouched(self, name: str) -> bool:
        """Whether a document is there as the earlier run wrote it."""
        mark, path = self.marks.get(name), self._folder / name
        return mark is not None and path.is_file() and sha256(path.read_bytes()).hexdigest() == mark.file

    def is_there(self, name: str) -> bool:
        """Whether something is there, as the earlier run wrote it or as somebody made of it since."""
        return (self._folder / name).is_file()

    def stands(self, name: str, content: str) -> bool:
        """Whether a document that would be made of this content is there."""
        mark = self.marks.get(name)
        return mark is not None and mark.content == content and self.is_untouched(name)


def _parsed(path: Path) -> dict[str, Mark]:
    try:
        kept = json.loads(path.read_bytes())
        if kept["schema_version"] != _FORM:
            raise ValueError
        found = {str(name): Mark(str(one["content"]), str(one["file"])) for name, one in kept["documents"].items()}
        if not all(map(format_of, found)):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        text = "{ $path }: is not what --changed keeps about documents; remove it, and --force makes all anew"
        raise InputError(message(text, path=path)) from None
    return found


def kept_marks(marks: Mapping[str, Mark]) -> bytes:
    """What a later run reads about the documents."""
    documents = {name: {"content": one.content, "file": one.file} for name, one in sorted(marks.items())}
    return (json.dumps({"schema_version": _FORM, "documents": documents}, indent=1) + "\n").encode()


def contents(files: Iterable[File], font: Path | None) -> Iterator[tuple[str, str]]:
    """The name of every document, and the digest of what it is made of.

    Args:
        files: of a trial whose time is `STAMP`, or the one that was asked for.
        font: that of PDF.
    """
    makers = " ".join([__version__, *map(_version, _WRITERS)]).encode()
    letters = b"" if font is None else sha256(font.read_bytes()).digest()
    for one in files:
        yield one.name, sha256(makers + letters + _timeless(one.name, one.make())).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _timeless(name: str, made: Any) -> bytes:
    """Content without the time of writing, which workbooks and SAS transport files carry."""
    data: bytes = made.encode() if isinstance(made, str) else made
    if name.endswith(".xpt"):
        return _TRANSPORT_TIME.sub(b"", data)
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return b"".join(one.encode() + book.read(one) for one in sorted(book.namelist()) if one != _PROPERTIES)
    return data
