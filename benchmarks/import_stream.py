"""How much memory an import takes, whatever the size of its files: laboratory rows in every format.

    python benchmarks/import_stream.py --megabytes 20 1000 --format csv odm

Writes files of each size for people of whom there are the more the larger the file is, imports them in a process of its
own, and prints the time and the peak of the process's memory (RSS). The spool of an import lies in TMPDIR, and takes
about three times what a CSV file has. The size of a workbook is that of the XML of its sheets, of which each holds a
million rows at most; the file is a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESULTS = 40
"""Laboratory rows of each participant."""
COLUMNS = ("id", "test", "value", "unit", "at", "visit", "form", "lab", "reason")
REST = ("M1", "LBSER", "Central laboratory of the hospital", "NA")
"""What else stands in a row of an export."""
SHEET_ROWS = 1_000_000
MAP = """
sources:
  people: {{files: people.csv, format: csv, encoding: utf-8, delimiter: ","}}
{sources}
tables:
  - {{source: people, participant: id, fields: {{site_id: site}}}}
{tables}
"""
SOURCE = '  {name}: {{files: "labs.*", {source}, zone: "+08:00"}}\n'
TABLE = """
  - source: {name}
    participant: {participant}
    into: labs
    {more}
    fields:
      test: {{from: {test}, codes: {{cTnI: ctni}}}}
      value: {{from: {value}, parse: censored_decimal, sign: comparator}}
      unit: {{from: {unit}, codes: {{ng/L: ng/L}}}}
      collected_at: {{from: {at}, format: "yyyy-MM-dd HH:mm"}}
"""
PLAIN = {"participant": "id", "more": "", "test": "test", "value": "value", "unit": "unit", "at": "at"}
IGNORED = "ignore: [visit, form, lab, reason]"

Row = tuple[str, ...]


def people() -> Iterator[str]:
    """Their numbers, without end."""
    return (f"P{number:07}" for number in count(1))


def results(name: str) -> Iterator[Row]:
    """The results of a participant, in the order of the columns."""
    for number in range(RESULTS):
        yield name, "cTnI", f"{number}.50", "ng/L", f"2026-03-{1 + number % 28:02} {number % 24:02}:15", *REST


def as_csv(name: str) -> str:
    """Lines of CSV."""
    return "".join(",".join(row) + "\n" for row in results(name))


def as_odm(name: str) -> str:
    """A subject, with an item group for each row."""
    groups = "".join(
        f'<ItemGroupData ItemGroupOID="LB" ItemGroupRepeatKey="{number}">'
        + "".join(f'<ItemData ItemOID="{key}" Value="{one}"/>' for key, one in zip(COLUMNS[1:], row[1:], strict=True))
        + "</ItemGroupData>\n"
        for number, row in enumerate(results(name), 1)
    )
    inner = f'<StudyEventData StudyEventOID="E"><FormData FormOID="F">{groups}</FormData></StudyEventData>'
    return f'<SubjectData SubjectKey="{name}">{inner}</SubjectData>\n'


def observations(name: str) -> Iterator[str]:
    """Resources of FHIR."""
    for number, row in enumerate(results(name)):
        resource = {
            "resourceType": "Observation", "id": f"{name}-{number}", "status": "final", "subject": {"display": name},
            "code": {"coding": [{"system": "urn:lab", "code": row[1]}, {"system": "urn:other", "code": "TROP"}]},
            "valueQuantity": {"value": float(row[2]), "unit": row[3]}, "effectiveDateTime": row[4],
        }  # fmt: skip
        yield json.dumps(resource)


def as_lines(name: str) -> str:
    """Resources, one a line."""
    return "".join(f"{one}\n" for one in observations(name))


def as_entries(name: str) -> str:
    """Entries of a bundle."""
    return "".join(f'{{"resource": {one}}},\n' for one in observations(name))


def as_messages(name: str) -> str:
    """A message of HL7 for every ten results."""
    rows, found = list(results(name)), []
    for start in range(0, RESULTS, 10):
        found.append(f"MSH|^~\\&|LIS|S|||202603092100||ORU^R01|1|P|2.5\rPID|1||{name}^^^T^RI\r")
        found += [
            f"OBR|1|||TNI|||{row[4]}\rOBX|1|NM|{row[1]}^Troponin||{row[2]}|{row[3]}|0-14|N|||F\r"
            for row in rows[start : start + 10]
        ]
    return "".join(found)


def as_records(name: str) -> str:
    """Records of REDCap's interface."""
    return "".join(f"{json.dumps(dict(zip(COLUMNS, row, strict=True)))},\n" for row in results(name))


def as_rows(name: str) -> str:
    """Rows of Dataset-JSON."""
    return "".join(f"{json.dumps(row)},\n" for row in results(name))


@contextmanager
def text_file(path: Path, head: str, end: str, last: str) -> Iterator[Callable[[str], int]]:
    """A file of text, into which parts are written; `last` is what stands after the last one, in place of a comma."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head)

        def put(text: str) -> int:
            file.write(text)
            return file.tell()

        yield put
        file.write(last + end)


COLUMN_LIST = json.dumps([{"name": one} for one in COLUMNS])
ODM_HEAD = '<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><ClinicalData StudyOID="S">\n'
OF_FHIR = {
    "participant": "subject.display", "more": "kind: Observation\n    take: {status: final}",
    "test": '"code.coding[urn:lab].code"', "value": "valueQuantity.value", "unit": "valueQuantity.unit",
    "at": "effectiveDateTime",
}  # fmt: skip
OF_HL7 = {
    "participant": '"PID-3[RI].1"', "more": "take: {OBX-11: F}", "test": "OBX-3.1", "value": "OBX-5", "unit": "OBX-6",
    "at": "OBR-7",
}  # fmt: skip
FHIR_SOURCE = 'format: fhir, ignore: [resourceType, id, "code.*"]'
LAST_OBSERVATION = '{"resource": {"resourceType": "Organization", "id": "o"}}'
TEXTS: dict[str, tuple[str, str, dict[str, str], Any, tuple[str, str, str]]] = {
    "csv": ("csv", f'format: csv, encoding: utf-8, delimiter: ",", {IGNORED}', PLAIN, as_csv,
            (",".join(COLUMNS) + "\n", "", "")),
    "odm": ("xml", 'format: odm, ignore: ["*OID", "*Key", visit, form, lab, reason]',
            PLAIN | {"participant": "SubjectKey"}, as_odm, (ODM_HEAD, "</ClinicalData></ODM>\n", "")),
    "fhir": ("json", f"{FHIR_SOURCE}, ignore_kinds: Organization", OF_FHIR, as_entries,
             ('{"resourceType": "Bundle", "entry": [\n', "]}", LAST_OBSERVATION)),
    "ndjson": ("ndjson", FHIR_SOURCE, OF_FHIR, as_lines, ("", "", "")),
    "hl7": ("hl7", 'format: hl7, encoding: utf-8, ignore: ["MSH-*", "PID-*", "OBR-*", "OBX-*"]', OF_HL7, as_messages,
            ("", "", "")),
    "redcap": ("json", f"format: redcap, {IGNORED}", PLAIN, as_records, ("[\n", "]", '{"id": ""}')),
    "dataset-json": ("json", f"format: dataset-json, {IGNORED}", PLAIN, as_rows,
                     (f'{{"datasetJSONVersion": "1.1.0", "columns": {COLUMN_LIST}, "rows": [\n', "]}",
                      json.dumps([None] * len(COLUMNS)))),
}  # fmt: skip
"""Suffix, source of the map, columns, what a participant is, and what stands before and behind them all."""
TABLES = {"xlsx": f"format: xlsx, {IGNORED}, may_be_empty: true", "xpt": f"format: xpt, encoding: utf-8, {IGNORED}"}


def write(folder: Path, kind: str, megabytes: int) -> None:
    """Write the files and the map."""
    size, sources = megabytes * 1_000_000, ["labs"]
    columns = PLAIN
    if kind in TEXTS:
        suffix, source, columns, of_person, (head, end, last) = TEXTS[kind]
        with text_file(folder / f"labs.{suffix}", head, end, last) as put:
            number = next(index for index, name in enumerate(people(), 1) if put(of_person(name)) >= size)
    elif kind == "xlsx":
        source, number = TABLES[kind], size // (RESULTS * 480)  # bytes of XML in a row
        sources = write_workbook(folder / "labs.xlsx", number)
    else:
        source, number = TABLES[kind], size // (RESULTS * 87)
        write_transport(folder / "labs.xpt", number)
    with (folder / "people.csv").open("w", encoding="utf-8") as listed:
        listed.write("id,site\n")
        listed.writelines(f"{name},S{index % 40:02}\n" for index, name in enumerate(islice(people(), number)))
    given = "".join(
        SOURCE.format(name=one, source=source + (f", sheet: {one}" if kind == "xlsx" else "")) for one in sources
    )
    tables = "".join(TABLE.format(name=one, **columns) for one in sources)
    (folder / "map.yaml").write_text(MAP.format(sources=given, tables=tables), encoding="utf-8")


def write_workbook(path: Path, number: int) -> list[str]:
    """A workbook of so many participants; the names of its sheets."""
    from openpyxl import Workbook

    book, names = Workbook(write_only=True), []
    everybody, left = people(), number
    while left:
        sheet = book.create_sheet(f"labs{len(names)}")
        names.append(sheet.title)
        sheet.append(COLUMNS)
        here = min(left, SHEET_ROWS // RESULTS)
        for name in islice(everybody, here):
            for row in results(name):
                sheet.append(row)
        left -= here
    book.save(path)
    return names


def write_transport(path: Path, number: int) -> None:
    """A transport file of so many participants."""
    import pandas as pd
    import pyreadstat

    rows = (row for name in islice(people(), number) for row in results(name))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    pyreadstat.write_xport(frame, str(path), table_name="LB", file_format_version=5)


def usage_of(command: list[str]) -> tuple[int, float, float]:
    """Exit status, seconds and peak of memory in MiB of a process, which is not that of who wrote the files."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.monotonic() - start, usage.ru_maxrss / 1024


def measure(kind: str, megabytes: int) -> None:
    """Import files of a size, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [sys.executable, __file__, "--write", name, "--format", kind, "--megabytes", str(megabytes)], check=True
        )
        labs = next(folder.glob("labs.*"))
        files = [str(folder / one) for one in ("map.yaml", "people.csv", labs.name)]
        out = ["--out", str(folder / "records.jsonl"), "--provenance", str(folder / "origins.jsonl")]
        status, seconds, peak = usage_of(["-m", "precise_cal", "import", *files, *out])
        with (folder / "people.csv").open("rb") as listed:
            number = sum(1 for _ in listed) - 1
        written = (folder / "records.jsonl").stat().st_size if status == 0 else 0
        print(
            f"{kind:12} {labs.stat().st_size / 1e6:5.0f} MB  {number:8,} participants  {number * RESULTS:10,} rows"
            f"  exit {status}  {written / 1e6:6.0f} MB of records  {seconds:6.0f} s  peak {peak:5.0f} MiB",
            flush=True,
        )


def main() -> None:
    """Measure every size and format that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[20, 1000])
    parser.add_argument("--format", choices=[*TEXTS, *TABLES], nargs="+", default=["csv"])
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    for kind in chosen.format:
        for megabytes in chosen.megabytes:
            if chosen.write:
                write(chosen.write, kind, megabytes)
            else:
                measure(kind, megabytes)


if __name__ == "__main__":
    main()
