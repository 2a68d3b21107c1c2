"""An import as a whole: files by the sources of a map, rows into a spool, participants out of it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from pydantic_core import to_json

from precise_cal.exchange.assemble import assemble
from precise_cal.exchange.cells import Place, Refusal, fits
from precise_cal.exchange.counts import Counts
from precise_cal.exchange.dictionary import check_dictionaries
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.gather import Gather
from precise_cal.exchange.naming import Naming
from precise_cal.exchange.spool import Spool
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from precise_cal.exchange.assemble import Assembled
    from precise_cal.exchange.form import SourceForm
    from precise_cal.exchange.plan import Plan
    from precise_cal.protocol.from_json import RecordReader

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(slots=True)
class Import:
    """A run of a map over files.

    Args:
        plan: the map, which fits the records of the trial.
        reader: of those records.
        files: that were named; each belongs to one source.
        keep_going: whether participants of whom nothing was refused are written although others were refused.
    """

    plan: Plan
    reader: RecordReader
    files: Sequence[Path]
    keep_going: bool = False
    counts: Counts = field(default_factory=Counts)

    def run(self, records: IO[bytes] | None, provenance: IO[bytes] | None) -> None:
        """Read all files; write records and origins, unless something was refused.

        Args:
            records: where the records go, one a line; None to write none.
            provenance: where the origins go, one value a line; None to write none.

        Raises:
            ExchangeError: a file is not as the map says.
        """
        by_source = sources_of(self.plan, self.files)
        check_dictionaries(self.plan, by_source)
        digests = {one.name: _digest(one) for one in self.files}
        with tempfile.TemporaryDirectory(prefix="precise-import-") as folder, Spool(Path(folder)) as spool:
            naming = Naming(self.plan, spool)
            naming.read(by_source)
            gather = Gather(self.plan, spool, naming, self.counts)
            for source, files in by_source.items():
                gather.read(source, files)
            spool.index()
            for number, identifier, origin, is_listed in spool.participants():
                if not is_listed:
                    self._refuse_stranger(identifier, origin)
                    continue
                found = assemble(self.plan, self.reader, identifier, spool.values(number))
                for refusal in found.refusals:
                    self.counts.refuse(refusal, identifier)
                self._write(identifier, found, records, provenance, digests)

    def _refuse_stranger(self, identifier: str, origin: str) -> None:
        file, sheet, row, column, raw = json.loads(origin)
        first = self.plan.tables[0].source
        text = message("is no participant that the first table of the map ({ $first }) names", first=Verbatim(first))
        self.counts.refuse(Refusal(Place(file, sheet, row, column), f'"{raw}"', text), identifier)
        self.counts.left_out.append(identifier)

    def _write(
        self,
        identifier: str,
        found: Assembled,
        records: IO[bytes] | None,
        provenance: IO[bytes] | None,
        digests: Mapping[str, str],
    ) -> None:
        if not found.is_valid:
            self.counts.left_out.append(identifier)
            return
        self.counts.participants += 1
        if records is not None:
            records.write(_encode(found.document).encode() + b"\n")
        for one in found.origins if provenance is not None else ():
            line = {
                "subject_id": identifier,
                "pointer": one.pointer,
                "file": one.place.file,
                "sha256": digests.get(one.place.file),
                "sheet": one.place.sheet or None,
                "row": one.place.row,
                "column": one.place.column,
                "raw": one.raw,
            }
            if one.reason is not None:
                line["missing"] = one.reason
            assert provenance is not None
            provenance.write(to_json(line) + b"\n")


def sources_of(plan: Plan, files: Iterable[Path]) -> dict[str, list[Path]]:
    """The files of each source, sources in the order in which tables name them.

    Raises:
        ExchangeError: a file belongs to no source or to several, two have one name, or a source has no file.
    """
    by_source: dict[str, list[Path]] = {name: [] for name in plan.sources}
    names: dict[str, Path] = {}
    for file in files:
        if file.name in names:
            raise ExchangeError(
                message(
                    "{ $file }: has the same name as { $names }; origins would be mixed up",
                    file=file,
                    names=Verbatim(names[file.name]),
                )
            )
        names[file.name] = file
        form = plan.form.sources
        fitting = [name for name in by_source if any(fits(file.name, one) for one in form[name].files)]
        is_dictionary = any(one.dictionary and fits(file.name, one.dictionary) for one in form.values())
        if len(fitting) > 1 and not _are_sheets([form[name] for name in fitting]):
            raise ExchangeError(
                message(
                    "{ $file }: fits several sources of the map: { $fitting }", file=file, fitting=", ".join(fitting)
                )
            )
        if not fitting and not is_dictionary:
            wanted = ", ".join(f"{name} ({', '.join(form[name].files)})" for name in by_source)
            raise ExchangeError(
                message("{ $file }: fits no source of the map; it has { $wanted }", file=file, wanted=wanted)
            )
        for name in fitting:
            by_source[name].append(file)
    for name, found in by_source.items():
        if not found:
            raise ExchangeError(
                message(
                    "the source { $name } of the map has no file; it is called { $files }",
                    name=Verbatim(name),
                    files=", ".join(plan.form.sources[name].files),
                )
            )
    return by_source


def _are_sheets(forms: Sequence[SourceForm]) -> bool:
    """Whether sources are different sheets of one workbook."""
    sheets = {one.sheet for one in forms}
    return None not in sheets and len(sheets) == len(forms)


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ExchangeError(
            message("{ $file }: cannot be read: { $strerror }", file=file, strerror=error.strerror)
        ) from None
