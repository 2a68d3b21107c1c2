"""A cohort on disk: Parquet files, each table in folders by site.

``DIR/cohort.json`` tells the study and its clock. A part is one file of participants and, under the same name, the
files of what belongs to them: ``labs/site=ZS01/part-00000.parquet`` holds the results of
``participants/site=ZS01/part-00000.parquet``. A file without rows may be absent.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.tables import PARTICIPANTS, tables
from precise_cal.files.locking import lock_file
from precise_cal.files.writing import replacing, write_file
from precise_cal.language.catalog import Verbatim, message, placed, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.protocol.schema.tree import RecordSchema

SCHEMA_VERSION: Final = "1.1"
"""Of the layout: 1.1 has what the record gained since (`precise_cal.cohort.layout.tables`)."""
MANIFEST: Final = "cohort.json"
_LONGEST: Final = 120
"""Characters of a site's name that a folder shows."""
_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]+):/+(.*)\Z")
"""``s3a://bucket/x`` as a path has it, with one slash; a drive of Windows has a single letter."""
_PATTERN: Final = re.compile(r"[*?\[]")
LOCK: Final = ".lock"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a cohort is: its study, the clock that bounds are told on, and how many participants it has."""

    schema_version: str
    study_id: str
    utc_offset_minutes: int
    participants: int
    rejected: int
    rows: Mapping[str, int]
    """How many rows each table has; a cohort with more or fewer is not the one that was imported."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some participants of one site with all that belongs to them."""

    name: str
    """Path of its files within the folder of each table."""
    participants: int


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

    @property
    def content_sha256(self) -> str:
        """Over the names and contents of all files: the same for every copy, whatever reads it."""
        digest = sha256()
        for table in tables(self.schema):
            for file in self.files(table, self.parts):
                with open(file, "rb") as stream:  # noqa: PTH123 - a plain stream, which is what file_digest takes
                    content = file_digest(stream, "sha256").hexdigest()
                digest.update(f"{Path(file).relative_to(self.folder).as_posix()} {content}\n".encode())
        return digest.hexdigest()


def check_is_here(folder: Path) -> None:
    """Refuse the address of an object store, which would be taken for a folder of this machine.

    Raises:
        CohortError: it is one.
    """
    found = _ADDRESS.match(folder.as_posix())
    if found is not None:
        address = Verbatim(f"{found[1]}://{found[2]}")
        text = "is the address of an object store; cohorts are folders: name one where it is mounted, or a copy"
        raise CohortError(placed(address, text))


def open_cohort(folder: Path, schema: RecordSchema) -> Cohort:
    """The cohort in a folder, of records of a schema.

    Raises:
        CohortError: there is none, its layout is another one, or its tables have more or fewer rows than were
            imported.
    """
    check_is_here(folder)
    manifest = _manifest(folder)
    parts = tuple([Part(name, _rows(folder / PARTICIPANTS / name)) for name in _part_names(folder)])
    if not parts:
        expected = f"{PARTICIPANTS}/site=…/*.parquet"
        text = message("holds no participants: expected { $expected }", expected=Verbatim(expected))
        raise CohortError(placed(folder, text))
    for table, rows in row_counts(folder, schema).items():
        imported = manifest.rows.get(table, 0)
        if rows != imported:
            text = message(
                "has { $rows } rows, but { $imported } were imported: import the records anew",
                rows=f"{rows:,}",
                imported=f"{imported:,}",
            )
            raise CohortError(placed(folder / table, text))
    return Cohort(folder, schema, manifest, parts)


def row_counts(folder: Path, schema: RecordSchema) -> dict[str, int]:
    """How many rows the files of each table have, by what they say of themselves.

    Raises:
        CohortError: one of them is no Parquet file.
    """
    parts = _part_names(folder)
    return {table: sum(_rows(folder / table / part) for part in parts) for table in tables(schema)}


def _part_names(folder: Path) -> list[str]:
    """The paths of the files of participants within the folder of their table, in order."""
    root = folder / PARTICIPANTS
    return sorted(path.relative_to(root).as_posix() for path in root.glob("site=*/*.parquet"))


def _rows(path: Path) -> int:
    try:
        return int(extra("pyarrow.parquet").read_metadata(path).num_rows) if path.exists() else 0
    except (OSError, ValueError) as error:
        raise CohortError(
            message("{ $path }: is no Parquet file: { $error }", path=Verbatim(path), error=words_of(error))
        ) from None


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text("utf-8"))
        found = Manifest(**{"rows": {}, **data})
    except FileNotFoundError:
        hint = "an import that was stopped is finished by running it again" if folder.is_dir() else "no such folder"
        raise CohortError(
            message(
                "{ $folder }: is no cohort, for it has no { $manifest }; { $hint }",
                folder=folder,
                manifest=MANIFEST,
                hint=hint,
            )
        ) from None
    except NotADirectoryError:
        raise CohortError(
            message(
                "{ $folder }: is no cohort, but a file; `precise cohort import` makes a cohort of it", folder=folder
            )
        ) from None
    except OSError as error:
        raise CohortError(
            message("{ $path }: cannot be read: { $strerror }", path=Verbatim(path), strerror=error.strerror)
        ) from None
    except (ValueError, TypeError) as error:
        raise CohortError(
            message(
                "{ $path }: is not the description of a cohort: { $error }", path=Verbatim(path), error=words_of(error)
            )
        ) from None
    if found.schema_version == SCHEMA_VERSION and not _are_counts(found.rows):
        raise CohortError(
            message(
                '{ $path }: is not the description of a cohort: "rows" should count the rows of each table',
                path=Verbatim(path),
            )
        )
    if found.schema_version != SCHEMA_VERSION:
        text = message(
            "has the layout { $schema_version }; this program reads { $schema_version_2 }: import the records anew",
            schema_version=found.schema_version,
            schema_version_2=SCHEMA_VERSION,
        )
        raise CohortError(placed(path, text))
    return found


def _are_counts(rows: object) -> bool:
    return isinstance(rows, dict) and all(type(count) is int for count in rows.values())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """A folder into which this run alone writes; made where it is absent.

    Raises:
        CohortError: the system does not let us.
        FileError: another run writes there.
    """
    check_is_here(folder)
    with ExitStack() as stack:
        with written(folder):
            folder.mkdir(parents=True, exist_ok=True)
            busy = message(
                "{ $folder }: another run is writing there; run this one again when it is done", folder=folder
            )
            stack.enter_context(lock_file(folder / LOCK, busy))
        yield


def is_empty(folder: Path, *, but: str = "") -> bool:
    """Whether a folder that is held has nothing else in it, except what may be there."""
    return not any(one.name not in (LOCK, but) for one in folder.iterdir())


@contextmanager
def written(folder: Path) -> Iterator[None]:
    """What is done in order to write into a folder.

    Raises:
        CohortError: the system does not let us.
    """
    try:
        yield
    except OSError as error:
        raise CohortError(
            message("{ $folder }: cannot be written: { $strerror }", folder=folder, strerror=error.strerror)
        ) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``cohort.json``; its presence says that the cohort is complete."""
    write_json(folder / MANIFEST, asdict(manifest))


def write_json(path: Path, data: Any) -> None:
    """Write a file that is there as a whole or not at all."""
    write_file(path, (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode(), force=True)


def site_folder(site: str | None) -> str:
    """The folder of a site's files; what no file name may hold is escaped.

    So is a leading underscore, so that no site has the folder of those whose site is not known. A name too long for a
    folder is cut, and told apart by its hash.
    """
    if site is None:
        return "site=__unknown__"
    name = quote(site, safe=" ").replace(".", "%2E").replace("~", "%7E")
    if name.startswith("_"):
        name = f"%5F{name[1:]}"
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}~{sha256(site.encode()).hexdigest()}"
    return f"site={name}"


def literal_path(path: str) -> str:
    """The pattern that means one file to DuckDB, which takes every path for a pattern."""
    return _PATTERN.sub(r"[\g<0>]", path)


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


def write_table(table: Any, path: Path, *, durable: bool = True) -> None:
    """Write a Parquet file that is there as a whole or not at all; ``durable``: whatever happens to the power."""
    parquet = extra("pyarrow.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, force=True, durable=durable) as rest:
        parquet.write_table(table, rest, compression="zstd", store_decimal_as_integer=True, row_group_size=131_072)
