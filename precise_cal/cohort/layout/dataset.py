"""A cohort on disk: Parquet files, each table in folders by site.

``DIR/cohort.json`` tells the study and its clock. A part is one file of participants and, under the same name, the
files of what belongs to them: ``lesions/site=ZS01/part-00000.parquet`` holds the lesions of
``participants/site=ZS01/part-00000.parquet``. A file without rows may be absent.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.tables import PARTICIPANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.protocol.schema.tree import RecordSchema

SCHEMA_VERSION: Final = "1.1"
"""Of the layout: 1.1 has what the record gained since (`precise_cal.cohort.layout.tables`)."""
MANIFEST: Final = "cohort.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a cohort is: its study, the clock that bounds are told on, and how many participants it has."""

    schema_version: str
    study_id: str
    utc_offset_minutes: int
    participants: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some participants of one site with all that belongs to them."""

    name: str
    """Path of its files within the folder of each table."""
    participants: int
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort that can be read."""

    folder: Path
    schema: RecordSchema
    manifest: Manifest
    parts: tuple[Part, ...]

    def files(self, table: str, parts: Sequence[Part]) -> list[str]:
        """The files of a table that hold rows of these parts."""
        paths = [self.folder / table / part.name for part in parts]
        return [str(path) for path in paths if path.exists()]


def open_cohort(folder: Path, schema: RecordSchema) -> Cohort:
    """The cohort in a folder, of records of a schema.

    Raises:
        CohortError: there is none, it is incomplete, or its layout is another one.
    """
    manifest = _manifest(folder)
    parquet = extra("pyarrow.parquet")
    parts = []
    root = folder / PARTICIPANTS
    for path in sorted(root.glob("site=*/*.parquet")):
        state = path.stat()
        try:
            rows = parquet.read_metadata(path).num_rows
        except (OSError, ValueError) as error:
            raise CohortError(f"{path}: is no Parquet file: {error}") from None
        parts.append(Part(str(path.relative_to(root)), rows, state.st_size, state.st_mtime_ns))
    if not parts:
        raise CohortError(f"{folder}: holds no participants: expected {PARTICIPANTS}/site=…/*.parquet")
    return Cohort(folder, schema, manifest, tuple(parts))


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text("utf-8"))
        found = Manifest(**data)
    except FileNotFoundError:
        hint = "an import that was stopped is finished by running it again" if folder.is_dir() else "no such folder"
        raise CohortError(f"{folder}: is no cohort, for it has no {MANIFEST}; {hint}") from None
    except NotADirectoryError:
        raise CohortError(f"{folder}: is no cohort, but a file; `precise cohort import` makes a cohort of it") from None
    except OSError as error:
        raise CohortError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError) as error:
        raise CohortError(f"{path}: is not the description of a cohort: {error}") from None
    if found.schema_version != SCHEMA_VERSION:
        text = f"has the layout {found.schema_version}; this program reads {SCHEMA_VERSION}: import the records anew"
        raise CohortError(f"{path}: {text}")
    return found


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """What is done in order to write into a folder.

    Raises:
        CohortError: the system does not let us.
    """
    try:
        yield
    except OSError as error:
        raise CohortError(f"{folder}: cannot be written: {error.strerror}") from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``cohort.json``; its presence says that the cohort is complete."""
    write_json(folder / MANIFEST, asdict(manifest))


def write_json(path: Path, data: Any) -> None:
    """Write a file that is there as a whole or not at all."""
    rest = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    rest.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", "utf-8")
    rest.replace(path)


def site_folder(site: str | None) -> str:
    """The folder of a site's files; what no file name may hold is escaped."""
    return "site=__unknown__" if site is None else f"site={quote(site, safe=' ').replace('.', '%2E')}"


def arrow_schema(table: Table) -> Any:
    """The schema of a table's files, its columns described."""
    arrow = extra("pyarrow")
    kinds = {
        "string": arrow.string(),
        "bool": arrow.bool_(),
        "int8": arrow.int8(),
        "int32": arrow.int32(),
        "int64": arrow.int64(),
        "decimal": arrow.decimal128(18, 8),
        "strings": arrow.list_(arrow.string()),
    }
    return arrow.schema(
        [arrow.field(one.name, kinds[one.type], metadata={"about": one.about}) for one in table.columns]
    )


def write_table(table: Any, path: Path) -> None:
    """Write a Parquet file that is there as a whole or not at all."""
    parquet = extra("pyarrow.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    rest = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    parquet.write_table(table, rest, compression="zstd", store_decimal_as_integer=True, row_group_size=131_072)
    rest.replace(path)
