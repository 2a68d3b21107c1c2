"""How much memory an import takes, whatever the size of its files: laboratory rows as CSV, and as ODM.

    python benchmarks/import_stream.py --megabytes 20 1000 --format csv odm

Writes files of each size for people of whom there are the more the larger the file is, imports them in a process of its
own, and prints the time and the peak of the process's memory (RSS). The spool of an import lies in TMPDIR, and takes
about three times what the file has.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = 40
"""Laboratory rows of each participant."""
MAP = """
sources:
  people: {{files: people.csv, format: csv, encoding: utf-8, delimiter: ","}}
  labs: {{files: "labs.*", {source}, zone: "+08:00"}}
tables:
  - {{source: people, participant: id, fields: {{site_id: site}}}}
  - source: labs
    participant: {participant}
    into: labs
    fields:
      test: {{from: test, codes: {{cTnI: ctni}}}}
      value: {{from: value, parse: censored_decimal, sign: comparator}}
      unit: {{from: unit, codes: {{ng/L: ng/L}}}}
      collected_at: {{from: at, format: "yyyy-MM-dd HH:mm"}}
"""
SOURCES = {
    "csv": (
        (
            'format: csv, encoding: utf-8, delimiter: ",",'
            " ignore: [seq, visit, form, edited, laboratory, significant, reason]"
        ),
        "id",
    ),
    "odm": ('format: odm, ignore: ["*OID", "*Key"]', "SubjectKey"),
}
HEAD = '<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3"><ClinicalData StudyOID="S">\n'


Row = tuple[str, str, str, str, str]
REST = ",1,M1,LBSER,2026-08-10 01:12:00,Central laboratory of the hospital,NA,NA\n"
"""What else stands in a row of an EDC's export."""


def rows(name: str) -> Iterator[Row]:
    """The results of a participant: number, test, value, unit, moment."""
    for number in range(RESULTS):
        yield name, "cTnI", f"{number}.50", "ng/L", f"2026-03-{1 + number % 28:02} {number % 24:02}:15"


def as_csv(name: str) -> str:
    """The rows of a participant as lines of CSV."""
    return "".join(",".join(row) + REST for row in rows(name))


def as_odm(name: str) -> str:
    """The same as the data of a subject, a group for each row."""
    groups = [
        f'<ItemGroupData ItemGroupOID="LB" ItemGroupRepeatKey="{number}"><ItemData ItemOID="test" Value="{row[1]}"/>'
        f'<ItemData ItemOID="value" Value="{row[2]}"/><ItemData ItemOID="unit" Value="{row[3]}"/>'
        f'<ItemData ItemOID="at" Value="{row[4]}"/></ItemGroupData>\n'
        for number, row in enumerate(rows(name), 1)
    ]
    inner = f'<StudyEventData StudyEventOID="E"><FormData FormOID="F">{"".join(groups)}</FormData></StudyEventData>'
    return f'<SubjectData SubjectKey="{name}">{inner}</SubjectData>\n'


def write(folder: Path, kind: str, megabytes: int) -> int:
    """Write the files; the number of participants."""
    people, count = folder / "people.csv", 0
    with people.open("w", encoding="utf-8") as listed, (folder / f"labs.{kind}").open("w", encoding="utf-8") as labs:
        listed.write("id,site\n")
        labs.write(
            "id,test,value,unit,at,seq,visit,form,edited,laboratory,significant,reason\n" if kind == "csv" else HEAD
        )
        while labs.tell() < megabytes * 1_000_000:
            count += 1
            name = f"P{count:07}"
            listed.write(f"{name},S{count % 40:02}\n")
            labs.write(as_csv(name) if kind == "csv" else as_odm(name))
        if kind == "odm":
            labs.write("</ClinicalData></ODM>\n")
    source, participant = SOURCES[kind]
    (folder / "map.yaml").write_text(MAP.format(source=source, participant=participant), encoding="utf-8")
    return count


def measure(kind: str, megabytes: int) -> None:
    """Import files of a size, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write(folder, kind, megabytes)
        files = [str(folder / one) for one in ("map.yaml", "people.csv", f"labs.{kind}")]
        out = ["--out", str(folder / "records.jsonl"), "--provenance", str(folder / "origins.jsonl")]
        start = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-m", "precise_cal", "import", *files, *out], stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds, written = time.monotonic() - start, (folder / "records.jsonl").stat().st_size
        print(
            f"{kind}  {megabytes:5} MB  {count:8,} participants  {count * RESULTS:10,} rows  exit {process.returncode}"
            f"  {written / 1e6:6.0f} MB of records  {seconds:6.0f} s  peak {usage.ru_maxrss / 1024:5.0f} MiB",
            flush=True,
        )


def main() -> None:
    """Measure every size and format that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, nargs="+", default=[20, 1000])
    parser.add_argument("--format", choices=SOURCES, nargs="+", default=["csv"])
    chosen = parser.parse_args()
    for kind in chosen.format:
        for megabytes in chosen.megabytes:
            measure(kind, megabytes)


if __name__ == "__main__":
    main()
