"""CDISC's own engine on submission data: no rule may end in an error, nothing may be found but what is expected.

python benchmarks/submission.py --engine FOLDER [--python PYTHON] [--participants 656] [--seed 1]

FOLDER is a checkout of the engine's repository (cdisc-rules-engine), whose `resources/cache` has its rules, standards
and terminology; PYTHON one that has its requirements (`pip install cdisc-rules-engine`), in an environment of its own.
Written are the datasets of a simulated trial, before and after a review that confirms every deviation, and each time
both as SAS transport files and as Dataset-JSON. Everything is also read by pandas and pyreadstat, and `define.xml` by
its schema.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import odmlib
import openpyxl
import pandas as pd
import pyreadstat
import xmlschema

from precise_cal.cli.main import run

EXPECTED = {
    "CORE-000739": "asks for EX, where a device trial has DX",
    "CORE-000741": "asks for PCLASS; the terminology has PCLAS",
    "CORE-000767": "asks for FAOBJ of datasets that have none: cdisc-rules-engine#1845",
}
OF_THE_TRIAL = {
    "CORE-000655": "participants treated as in the other arm",
    "CORE-000656": "the same",
    "CORE-000658": "participants treated before they consented",
    "CORE-000713": "the same",
    "CORE-000717": "an event after the cut-off of its record",
}
"""What the engine rightly reports of a simulated trial, whose participants deviate from the protocol on purpose."""
CAPA = "研究中心已重新培训全体研究者并核对所有受试者的知情同意书，" * 5
NOW = ("--now", "2028-01-15T08:00:00+08:00")


def main() -> int:
    """Writes, reads and checks; 1 where something is found that is not expected."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", type=Path, required=True)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--participants", type=int, default=656)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--masked", action="store_true", help="without --unmask")
    wanted = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, written in written_trials(folder, wanted):
            check_readable(written)
            for form in ("xpt", "json"):
                report, seconds = validated(written, form, wanted, folder / f"{name}-{form}")
                wrong += told(name, form, report, seconds)
    return 1 if wrong else 0


def written_trials(folder: Path, wanted: argparse.Namespace) -> list[tuple[str, Path]]:
    """The folders of datasets, before and after the review."""
    records = folder / "trial.jsonl"
    command(["simulate", "--participants", str(wanted.participants), "--seed", str(wanted.seed), "--out", str(records)])
    unmask = [] if wanted.masked else ["--unmask"]
    out = folder / "unreviewed"
    command(["report", str(records), "--format", "sdtm,xlsx", "--out", str(out), *unmask, *NOW])
    book = openpyxl.load_workbook(out / "findings.xlsx")
    sheet = book["Deviations"]
    columns = {str(cell.value): cell.column for cell in sheet[1]}
    decided = {
        "Decision": "confirmed",
        "Decided by": "Dr Li 李",
        "Decided on": "2028-01-10",
        "Corrective and preventive action": CAPA,
    }
    for row in range(2, sheet.max_row + 1):
        for name, value in decided.items():
            sheet.cell(row, columns[name]).value = value
    reviewed = folder / "reviewed.xlsx"
    book.save(reviewed)
    after = folder / "reviewed"
    arguments = ["report", str(records), "--format", "sdtm", "--out", str(after), "--merge", str(reviewed)]
    command([*arguments, *unmask, *NOW])
    return [("unreviewed", out / "sdtm"), ("reviewed", after / "sdtm")]


def command(arguments: list[str]) -> None:
    """One of ours, which has to succeed."""
    status = run(arguments)
    if status:
        sys.exit(f"precise {' '.join(arguments)}: exit status {status}")


def check_readable(folder: Path) -> None:
    """Other readers take every file, and the schema the description."""
    for path in sorted(folder.glob("*.xpt")):
        rows = len(pd.read_sas(path, format="xport", encoding="ascii"))
        frame, _ = pyreadstat.read_xport(str(path))
        assert rows == len(frame) > 0, path
    schema = xmlschema.XMLSchema(str(Path(odmlib.__file__).parent / "schemas/define/2.1/define2-1-0.xsd"))
    schema.validate(str(folder / "define.xml"))


def validated(written: Path, form: str, wanted: argparse.Namespace, scratch: Path) -> tuple[dict[str, Any], float]:
    """What the engine reports of the datasets in one form, and how long it took."""
    scratch.mkdir()
    for path in (*written.glob(f"*.{form}"), written / "define.xml"):
        (scratch / path.name).write_bytes(path.read_bytes())
    out = scratch / "report"
    arguments = [wanted.python, "core.py", "validate", "-s", "sdtmig", "-v", "3-4", "-d", str(scratch)]
    arguments += ["-dxp", str(scratch / "define.xml"), "-o", str(out), "-of", "JSON"]
    start = time.monotonic()
    done = subprocess.run(arguments, cwd=wanted.engine, capture_output=True, text=True, check=False)
    report = out.with_suffix(".json")
    if not report.exists():
        sys.exit(f"the engine wrote no report:\n{done.stdout}\n{done.stderr}")
    return json.loads(report.read_text("utf-8")), time.monotonic() - start


def told(name: str, form: str, report: dict[str, Any], seconds: float) -> int:
    """Prints what was found, and counts what was not expected."""
    states = Counter(rule["status"] for rule in report["Rules_Report"])
    issues: Counter[str] = Counter()
    for one in report["Issue_Summary"]:
        issues[f"{one['core_id']} {one['dataset']}: {one['message']}"] += one["issues"]
    strange = [text for text in issues if text.split()[0] not in {**EXPECTED, **OF_THE_TRIAL}]
    expected = sorted({text.split()[0] for text in issues} - {text.split()[0] for text in strange})
    print(f"{name} {form}: {dict(states)}, expected {', '.join(expected) or 'none'}, {seconds:.0f} s")
    for text in strange:
        print(f"  {issues[text]} × {text}")
    return len(strange) + states["EXECUTION ERROR"]


if __name__ == "__main__":
    sys.exit(main())
