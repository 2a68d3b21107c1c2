"""The files of a trial folder: which there are, and the hash that names them (contract, section 7)."""

from __future__ import annotations

import codecs
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.near import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROTOCOL: Final = "protocol.yaml"
RECORD: Final = "record.yaml"
RULES: Final = ("eligibility.yaml", "events.yaml")
DEVIATIONS: Final = "deviations.yaml"
REPORT: Final = "report.yaml"
SCHEDULE: Final = "schedule.yaml"
SITES: Final = "sites.yaml"
READ: Final = (PROTOCOL, RECORD, *RULES, DEVIATIONS, SCHEDULE, REPORT, SITES)
"""The files that are read; the cases in ``tests/`` are read by those who test."""
SIMULATE: Final = "simulate.yaml"
"""The plan of synthetic participants. No verdict rests on it: the hash of the rules leaves it out."""
CHINESE: Final = "chinese.yaml"
"""What the texts of the other files are called in Chinese. The hash leaves it out as well."""
_BESIDE: Final = (SIMULATE, CHINESE)


def present(folder: Path) -> list[str]:
    """The names of the files that are there to be read, in order."""
    return [name for name in READ if (folder / name).exists()]


def strangers(folder: Path) -> list[Path]:
    """The YAML files of a folder that are not read: a misnamed file would be missed in silence. Raises `OSError`."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in (".yaml", ".yml") and path.name not in (*READ, *_BESIDE)
    ]


def about_strangers(folder: Path) -> Iterator[str]:
    """What is wrong with each of them."""
    try:
        paths = strangers(folder)
    except OSError as error:
        yield message("{ $folder }: cannot be read: { $strerror }", folder=folder, strerror=error.strerror)
        return
    for path in paths:
        near = nearest(path.stem.lower(), [Path(name).stem for name in (*READ, *_BESIDE)])
        hint = (
            message('did you mean "{ $near }.yaml"?', near=near)
            if near
            else message("a trial folder has { $read }", read=", ".join(READ))
        )
        yield message("{ $path }: is no file of a trial folder; { $hint }", path=Verbatim(path), hint=hint)


def as_read(content: bytes) -> bytes:
    """What YAML reads in a file: however an editor or Git stored it, its lines end in LF, and no mark comes first."""
    return content.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def digest(content: bytes) -> str:
    """The SHA-256 of a rule file."""
    return sha256(as_read(content)).hexdigest()


def digest_of(file: Path) -> str:
    """The SHA-256 of a rule file as it stands there now. Raises `OSError`."""
    return digest(read_regular(file, 1 << 24))


def digests(folder: Path) -> tuple[tuple[str, str], ...]:
    """Name and SHA-256 of each file as it stands there now. Raises `OSError`."""
    return tuple((name, digest_of(folder / name)) for name in present(folder))


def together(files: Iterable[tuple[str, str]]) -> str:
    """The SHA-256 that names a set of rule files."""
    return sha256("".join(f"{one}  {name}\n" for name, one in files).encode()).hexdigest()
