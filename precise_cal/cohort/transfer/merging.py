"""Pieces of an import put together: files by site, large enough to be read fast."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.dataset import literal_path, site_folder, write_table
from precise_cal.cohort.layout.rebuild import documents_of
from precise_cal.cohort.layout.tables import KEY, PARTICIPANTS, layout, who
from precise_cal.cohort.transfer.pieces import INDEX, REJECTS
from precise_cal.language.catalog import message
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from precise_cal.cohort.layout.tables import Table
    from precise_cal.protocol.schema.tree import RecordSchema

PART_PARTICIPANTS: Final = 100_000
_HELD_PARTICIPANTS: Final = 250_000


def merge(pieces: list[Path], folder: Path, schema: RecordSchema, seen: Callable[[int], None]) -> tuple[int, int]:
    """Put pieces together in a folder that is complete or unfinished as a whole.

    A participant who stands twice, in whatever spelling, is kept where it stands first; the others are refused.

    Args:
        pieces: the folders of the pieces, in order.
        folder: of the cohort; tables that are there are replaced.
        schema: the form of the records.
        seen: is told how many participants were put together since it was last told.

    Returns:
        how many participants there are, and how many records were refused.
    """
    work = folder / ".merge"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    twice = _standing_twice(pieces, schema)
    names = [table.name for table in layout(schema).walk()]
    held = _Held(work, names, twice)
    with (work / REJECTS).open("w", encoding="utf-8") as rejects:
        refused = 0
        for piece in pieces:
            index = json.loads((piece / INDEX).read_text("utf-8"))
            tables = {name: _read(piece / f"{name}.parquet") for name in names}
            held.add(index, tables)
            rejects.write((piece / REJECTS).read_text("utf-8"))
            rejects.writelines(_refused(layout(schema), tables, twice))
            refused += index["refused"]
            seen(index["lines"])
        held.flush()
    for name in [*names, REJECTS]:
        _replace(work / name, folder / name)
    shutil.rmtree(work)
    return held.written, refused + len(twice)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    if source.exists():
        source.replace(target)


def _read(path: Path) -> Any:
    return extra("pyarrow.parquet").read_table(path, memory_map=True)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _standing_twice(pieces: list[Path], schema: RecordSchema) -> dict[int, str]:
    """Numbers of participants who stood before, or whose site did in another spelling; and what is wrong with each.

    Names are compared by their skeletons: a participant has one name and one site in a trial.
    """
    if not pieces:
        return {}
    files = [literal_path(str(piece / f"{PARTICIPANTS}.parquet")) for piece in pieces]
    query = f"""
        WITH named AS (SELECT {", ".join(who(schema, _quoted))} FROM read_parquet(?)),
        people AS (SELECT *, skeleton(subject_id) AS name, skeleton(site_id) AS site FROM named),
        firsts AS (SELECT *, first_value(people) OVER (PARTITION BY name ORDER BY {KEY}) AS same,
                             first_value(people) OVER (PARTITION BY site ORDER BY {KEY}) AS there FROM people)
        SELECT {KEY}, same.{KEY}, same.site_id, same.subject_id, there.{KEY}, there.site_id
        FROM firsts WHERE same.{KEY} <> {KEY} OR site_id <> there.site_id
    """
    with extra("duckdb").connect(config={"temp_directory": str(pieces[0].parent / "spill.tmp")}) as connection:
        connection.create_function("skeleton", skeleton, ["VARCHAR"], "VARCHAR")
        rows = connection.execute(query, [files]).fetchall()
    return {number: _problem(schema, number, *first) for number, *first in rows}


def _problem(
    schema: RecordSchema, number: int, same: int, site: str | None, subject: str, there: int, spelling: str
) -> str:
    if same != number:
        where = "an unknown site" if site is None else message('site "{ $site }"', site=site)
        place = schema.role_pointer("participant")
        return message(
            '{ $place }: stands twice: record { $same } is of "{ $subject }", { $where }, and reads as the same name',
            place=place,
            same=same,
            subject=subject,
            where=where,
        )
    place = schema.role_pointer("site")
    return message(
        '{ $place }: is another spelling of "{ $spelling }", the site of record { $there }: use one spelling',
        place=place,
        spelling=spelling,
        there=there,
    )


def _refused(layout: Table, tables: dict[str, Any], twice: dict[int, str]) -> Iterator[str]:
    """What is said of the participants of a piece who stood before, with the record that is left out."""
    here = [number for number in tables[PARTICIPANTS][KEY].to_pylist() if number in twice] if twice else []
    if not here:
        return
    compute, known = extra("pyarrow.compute"), extra("pyarrow").array(here, "int64")
    rows = {
        name: table.filter(compute.is_in(table[KEY], value_set=known)).to_pylist() for name, table in tables.items()
    }
    for number, document in zip(sorted(here), documents_of(layout, rows), strict=True):
        said = {"number": number, "problems": [twice[number]], "record": json.dumps(document, ensure_ascii=False)}
        yield json.dumps(said, ensure_ascii=False) + "\n"


class _Held:
    """Rows by site, held until there are enough for a file."""

    def __init__(self, folder: Path, names: list[str], twice: dict[int, str]) -> None:
        self.folder = folder
        self.names = names
        self.twice = twice
        self.written = 0
        self._rows: dict[str | None, dict[str, list[Any]]] = {}
        self._numbers: dict[str | None, int] = defaultdict(int)
        self._parts: dict[str | None, int] = defaultdict(int)

    def add(self, index: dict[str, Any], tables: dict[str, Any]) -> None:
        """The rows of a piece."""
        ends = [*(site["first"] for site in index["sites"]), index["end"]][1:]
        for site, end in zip(index["sites"], ends, strict=True):
            rows = self._rows.setdefault(site["site"], {name: [] for name in self.names})
            for name, table in tables.items():
                first = site["first"][name]
                rows[name].append(self._once(table.slice(first, end[name] - first)))
            self._numbers[site["site"]] += rows[PARTICIPANTS][-1].num_rows
            if self._numbers[site["site"]] >= PART_PARTICIPANTS:
                self._write(site["site"])
        while sum(self._numbers.values()) > _HELD_PARTICIPANTS:
            self._write(max(self._numbers, key=lambda one: self._numbers[one]))

    def _once(self, table: Any) -> Any:
        if not self.twice or not table.num_rows:
            return table
        compute = extra("pyarrow.compute")
        known = extra("pyarrow").array(list(self.twice), "int64")
        return table.filter(compute.invert(compute.is_in(table[KEY], value_set=known)))

    def flush(self) -> None:
        """Write what is held."""
        for site in list(self._rows):
            if self._numbers[site]:
                self._write(site)

    def _write(self, site: str | None) -> None:
        arrow = extra("pyarrow")
        name = f"{site_folder(site)}/part-{self._parts[site]:05}.parquet"
        rows = self._rows.pop(site)
        for table in reversed(self.names):
            whole = arrow.concat_tables(rows[table])
            if whole.num_rows:
                write_table(whole, self.folder / table / name)
        self.written += self._numbers.pop(site)
        self._parts[site] += 1
