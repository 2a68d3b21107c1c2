"""CDISC's own engine on submission data: no rule may end in an error, nothing may be found but what is expected.

python benchmarks/submission.py --engine FOLDER [--python PYTHON] [--participants 656] [--seed 1]

FOLDER is a checkout of the engine's repository (cdisc-rules-engine), whose `resources/cache` has its rules, standards
and terminology; PYTHON one that has its requirements (`pip install cdisc-rules-engine`), in an environment of its own.
Written are the datasets of a simulated trial, before (`unreviewed`) and after (`reviewed`) a review that confirms every
deviation, and of another, as large and reviewed, whose participants were treated in their arm and consented before
(`following`); each time both as SAS transport files and as Dataset-JSON. Everything is also read by pandas and
pyreadstat, and `define.xml` by its schema. `--trials` and `--forms` choose among them.
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

import precise_cal
from precise_cal.cli.main import run

EXPECTED = {
    "CORE-000739": "asks for EX, where a device trial has DX",
    "CORE-000741": "asks for PCLASS; the terminology has PCLAS",
    "CORE-000767": "asks for FAOBJ of datasets that have none: cdisc-rules-engine#1845",
}
OF_THE_TRIAL = {
    "CORE-000655": "ARM-1",  # the actual arm is another than the planned one
    "CORE-000656": "ARM-1",
    "CORE-000658": "CONSENT-1",  # consent after treatment
    "CORE-000713": "CONSENT-1",  # consent after randomization
}
"""What the engine rightly reports of participants who deviate, and the rule by which this program says the same."""
TRIALS = ("unreviewed", "reviewed", "following")
FORMS = ("xpt", "json")
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
    parser.add_argument("--trials", choices=TRIALS, nargs="+", default=TRIALS)
    parser.add_argument("--forms", choices=FORMS, nargs="+", default=FORMS)
    wanted = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for trial in wanted.trials:
            folder = Path(scratch) / trial
            folder.mkdir()
            written, deviate = written_trial(folder, trial, wanted)
            check_readable(written)
            for form in wanted.forms:
                report, seconds = validated(written, form, wanted, folder / form)
                wrong += told(trial, form, report, seconds, deviate)
    return 1 if wrong else 0


def written_trial(folder: Path, trial: str, wanted: argparse.Namespace) -> tuple[Path, dict[str, set[str]]]:
    """The folder of datasets, and who deviates from each of the rules, by number."""
    records = folder / "trial.jsonl"
    number = wanted.participants
    drawn = number if trial != "following" else number + number // 10 + 3
    command(["simulate", "--participants", str(drawn), "--seed", str(wanted.seed), "--out", str(records)])
    deviate = deviating(records)
    if trial == "following":
        lines = [json.loads(line) for line in records.read_text("utf-8").splitlines()]
        others = [one for one in lines if one["subject_id"] not in set().union(*deviate.values())][:number]
        records.write_text("".join(f"{json.dumps(one)}\n" for one in others), "utf-8")
        deviate = deviating(records)
    unmask = [] if wanted.masked else ["--unmask"]
    out = folder / "first"
    command(["report", str(records), "--format", "sdtm,xlsx", "--out", str(out), *unmask, *NOW])
    if trial == "unreviewed":
        return out / "sdtm", deviate
    reviewed, after = folder / "reviewed.xlsx", folder / "after"
    review(out / "findings.xlsx", reviewed)
    arguments = ["report", str(records), "--format", "sdtm", "--out", str(after), "--merge", str(reviewed)]
    command([*arguments, *unmask, *NOW])
    return after / "sdtm", deviate


def deviating(records: Path) -> dict[str, set[str]]:
    """Who deviates from each of the rules that the engine has rules for as well."""
    trial = precise_cal.load_trial()
    found: dict[str, set[str]] = {rule: set() for rule in OF_THE_TRIAL.values()}
    for report in trial.check_all([records]):
        for rule, numbers in found.items():
            if report[rule].verdict == "DEVIATION":
                numbers.add(report.subject_id)
    return found


def review(findings: Path, reviewed: Path) -> None:
    """A workbook in which every deviation is confirmed."""
    book = openpyxl.load_workbook(findings)
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
    book.save(reviewed)


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


def told(name: str, form: str, report: dict[str, Any], seconds: float, deviate: dict[str, set[str]]) -> int:
    """Prints what was found, and counts what was not expected."""
    states = Counter(rule["status"] for rule in report["Rules_Report"])
    expected: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    for one in report["Issue_Details"]:
        rule = OF_THE_TRIAL.get(one["core_id"])
        explained = one["core_id"] in EXPECTED or any(
            one["USUBJID"].endswith(f"-{id_}") for id_ in deviate.get(rule or "", ())
        )
        (expected if explained else strange)[f"{one['core_id']} {one['dataset']}: {one['message']}"] += 1
    listed = ", ".join(
        f"{key} ({rule})" if (rule := OF_THE_TRIAL.get(key)) else key
        for key in sorted({text.split()[0] for text in expected})
    )
    print(f"{name} {form}: {dict(states)}, expected {listed or 'none'}, {seconds:.0f} s", flush=True)
    for text, number in strange.items():
        print(f"  {number} × {text}")
    return len(strange) + states["EXECUTION ERROR"]


if __name__ == "__main__":
    sys.exit(main())
