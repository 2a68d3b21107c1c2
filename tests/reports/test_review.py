"""A reviewer's decisions come back, hold in every format, and are never lost, overruled or misread."""

from __future__ import annotations

import copy
import datetime
import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from precise_cal.reports.ledger import NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DECIDED = {"Decided by": "Dr Li", "Decided on": "2028-01-10"}
DAY = datetime.datetime(2028, 1, 10)  # noqa: DTZ001 - as a spreadsheet has it


@dataclass
class Desk:
    """A folder of reports, and a reviewer's copy of its workbook."""

    folder: Path
    records: Path
    precise: Callable[..., Any]

    def report(self, *options: Any, formats: str = "xlsx") -> Any:
        return self.precise("report", self.records, "--out", self.folder / "out", "--format", formats, *options)

    def copy(self) -> Path:
        return shutil.copy(self.out("findings.xlsx"), self.folder / "reviewed.xlsx")

    def out(self, name: str) -> Path:
        return self.folder / "out" / name

    def merge(self, path: Path, formats: str = "xlsx") -> Any:
        return self.report("--merge", path, "--force", formats=formats)

    def decisions(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out(NAME).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def fresh(
    tmp_path_factory: pytest.TempPathFactory, bundled_participants: dict[str, Any], precise: Callable[..., Any]
) -> Desk:
    """Two participants with a deviation and a query each, and their workbook; copied for each test."""
    participant = copy.deepcopy(bundled_participants["complete"])
    participant["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.2"
    participant["renal"]["on_dialysis"] = None
    folder = tmp_path_factory.mktemp("desk")
    records = folder / "records.jsonl"
    second = participant | {"subject_id": "ZS01-002"}
    records.write_text("".join(f"{json.dumps(one)}\n" for one in (participant, second)), encoding="utf-8")
    found = Desk(folder, records, precise)
    assert found.report().status == 0
    return found


@pytest.fixture
def desk(fresh: Desk, tmp_path: Path) -> Desk:
    """A desk of its own."""
    folder = tmp_path / "desk"
    shutil.copytree(fresh.folder, folder)
    return Desk(folder, folder / "records.jsonl", fresh.precise)


def write(path: Path, row: int, values: dict[str, Any], sheet: str = "Deviations") -> None:
    """Fill in cells of a row by the titles of their columns."""
    book = load_workbook(path)
    titles = [cell.value for cell in book[sheet][1]]
    for title, value in values.items():
        book[sheet].cell(row, titles.index(title) + 1).value = value
    book.save(path)


def read(path: Path, row: int, sheet: str = "Deviations") -> dict[str, Any]:
    """A row of a workbook by its titles."""
    sheet_ = load_workbook(path)[sheet]
    return dict(zip([cell.value for cell in sheet_[1]], [cell.value for cell in sheet_[row]], strict=True))


def test_a_confirmed_deviation_is_confirmed_in_every_format(desk: Desk) -> None:
    reviewed = desk.copy()
    write(
        reviewed,
        2,
        {
            "Decision": "Confirmed ".strip().lower(),
            "Corrective and preventive action": "training",
            **DECIDED,
            "Decided on": DAY,
        },
    )
    write(reviewed, 3, {"Decision": "rejected", "Reason": "measured again", **DECIDED})
    write(reviewed, 4, {"Decision": "confirmed", "Importance decided": "non-important", "Reason": "no risk", **DECIDED})
    write(reviewed, 2, {"Answer": "no", "Answered by": "ZS01", "Answered on": "2028-01-09"}, sheet="Queries")
    write(reviewed, 2, {"Comment": "seen", "Comment by": "Dr Li", "Comment on": "2028-01-09"}, sheet="Eligibility")
    write(reviewed, 3, {"Comment": "called twice", "Comment by": "Dr Li", "Comment on": "2028-01-09"}, sheet="Visits")
    said = desk.merge(reviewed, "html,pdf,xlsx,sdtm,csv,markdown")
    assert (said.status, said.err.splitlines()[-1].endswith("6 decisions in decisions.jsonl")) == (0, True)
    row = read(desk.out("findings.xlsx"), 2)
    assert (row["Decision"], row["Decided on"], row["Revision"]) == ("confirmed", "2028-01-10", 1)
    assert read(desk.out("findings.xlsx"), 2, "Queries")["Answer"] == "no"
    assert read(desk.out("findings.xlsx"), 2, "Eligibility")["Comment"] == "seen"
    assert read(desk.out("findings.xlsx"), 3, "Visits")["Comment"] == "called twice"
    dv = json.loads(desk.out("sdtm/dv.json").read_text("utf-8"))
    assert dv["records"] == 2
    qualifiers = {(one[5], one[7]) for one in json.loads(desk.out("sdtm/suppdv.json").read_text("utf-8"))["rows"]}
    assert {("DVIMPORT", "NON-IMPORTANT"), ("DVCAPA", "training"), ("DVDECBY", "Dr Li")} <= qualifiers
    page = desk.out("trial.html").read_text("utf-8")
    assert page.count("confirmed</span>") == 3  # one in the list of important ones, two in the listing
    assert page.count("rejected</span>") == 1
    assert "training" in desk.out("participants/ZS01-001.html").read_text("utf-8")
    assert "confirmed" in desk.out("csv/deviations.csv").read_text("utf-8")
    assert "✗ confirmed" in desk.out("trial.md").read_text("utf-8")
    assert desk.out("trial.pdf").stat().st_size > 10_000


def test_merging_twice_changes_nothing_and_a_later_decision_follows(desk: Desk) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "confirmed", **DECIDED})
    assert desk.merge(reviewed).status == 0
    assert desk.merge(reviewed).status == 0
    assert [one["revision"] for one in desk.decisions()] == [1]
    again = desk.copy()
    write(again, 2, {"Decision": "rejected", "Reason": "source found"})
    assert desk.merge(again).status == 0
    assert [(one["revision"], one["values"]["Decision"]) for one in desk.decisions()] == [
        (1, "confirmed"),
        (2, "rejected"),
    ]


def test_a_decision_taken_meanwhile_is_not_overruled(desk: Desk) -> None:
    first, second = desk.copy(), shutil.copy(desk.out("findings.xlsx"), desk.folder / "second.xlsx")
    write(first, 2, {"Decision": "confirmed", **DECIDED})
    write(second, 2, {"Decision": "rejected", "Reason": "no", **DECIDED, "Decided by": "Dr Wu"})
    assert desk.merge(first).status == 0
    said = desk.merge(second)
    assert said.status == 2
    assert "Deviations row 2" in said.err
    assert "conflict: Dr Li decided otherwise meanwhile" in said.err
    assert len(desk.decisions()) == 1


def test_a_row_whose_data_changed_is_stale_and_its_decision_is_kept(desk: Desk) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "confirmed", **DECIDED})
    assert desk.merge(reviewed).status == 0
    text = desk.records.read_text("utf-8")
    desk.records.write_text(text.replace('"2.2"', '"2.1"'), encoding="utf-8")
    late = desk.copy()
    write(late, 3, {"Decision": "confirmed", **DECIDED})
    write(late, 4, {"Decision": "confirmed", **DECIDED})
    said = desk.merge(late)
    assert said.status == 2
    assert "stale: the data have changed" in said.err
    assert desk.report("--force", formats="xlsx,html").status == 0
    assert read(desk.out("findings.xlsx"), 2)["Decision"] is None, "a candidate again"
    assert "Decisions that are kept" in desk.out("trial.html").read_text("utf-8")
    assert "confirmed" in str(read(desk.out("findings.xlsx"), 2, "Kept decisions").values())
    desk.records.write_text(text, encoding="utf-8")
    assert desk.report("--force").status == 0
    assert read(desk.out("findings.xlsx"), 2)["Decision"] == "confirmed", "the data are as they were"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"Decision": "yes", **DECIDED}, '"Decision" is "yes"; expected one of candidate, confirmed, rejected'),
        ({"Decision": "confirmed", "Decided on": "2028-01-10"}, '"Decided by" is empty'),
        ({"Decision": "confirmed", "Decided by": "Dr Li"}, '"Decided on" is empty'),
        ({"Decision": "confirmed", **DECIDED, "Decided on": "10.1.2028"}, "expected a day such as 2026-03-09"),
        ({"Decision": "rejected", **DECIDED}, '"Reason" is empty'),
        ({"Importance decided": "minor", "Reason": "x", **DECIDED}, '"Importance decided" is "minor"'),
        ({"Decision": "confirmed", **DECIDED, "Decided on": "=TODAY()"}, "holds a formula"),
        ({"Importance": "non-important"}, "a cell before the yellow columns was changed"),
        ({"Stable id": "other", "Decision": "confirmed", **DECIDED}, "a cell before the yellow columns was changed"),
        ({"Fingerprint": "0", "Decision": "confirmed", **DECIDED}, "stale"),
        ({"Revision": 4, "Decision": "confirmed", **DECIDED}, "another folder's workbook"),
        ({"Revision": None, "Decision": "confirmed", **DECIDED}, "a hidden column was changed"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_place(desk: Desk, values: dict[str, Any], told: str) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, values)
    before = {path.name: path.read_bytes() for path in desk.out("").iterdir()}
    said = desk.merge(reviewed)
    assert said.status == 2
    assert told in said.err
    assert "row 2" in said.err
    assert "Traceback" not in said.err
    assert {path.name: path.read_bytes() for path in desk.out("").iterdir()} == before


def test_a_cleared_decision_has_to_be_reopened(desk: Desk) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "confirmed", **DECIDED})
    assert desk.merge(reviewed).status == 0
    cleared = desk.copy()
    write(cleared, 2, {"Decision": None, "Decided by": None, "Decided on": None})
    said = desk.merge(cleared)
    assert (said.status, 'write "candidate" to reopen it' in said.err) == (2, True)


def test_a_row_that_stands_twice_must_agree(desk: Desk) -> None:
    reviewed = desk.copy()
    book = load_workbook(reviewed)
    sheet = book["Deviations"]
    sheet.append([cell.value for cell in sheet[2]])
    book.save(reviewed)
    write(reviewed, 2, {"Decision": "confirmed", **DECIDED})
    write(reviewed, sheet.max_row, {"Decision": "rejected", "Reason": "no", **DECIDED})
    said = desk.merge(reviewed)
    assert (said.status, "decided otherwise; keep one of them" in said.err) == (2, True)


@pytest.mark.parametrize("what", ["sheet", "column", "missing", "damaged", "absent"])
def test_a_workbook_that_would_lose_something_is_refused(desk: Desk, what: str) -> None:
    reviewed = desk.copy()
    book = load_workbook(reviewed)
    if what == "sheet":
        book.create_sheet("My notes")["A1"] = "important"
    elif what == "column":
        book["Deviations"].cell(2, book["Deviations"].max_column + 1).value = "a note"
    elif what == "missing":
        del book["Queries"]
    book.save(reviewed)
    if what == "damaged":
        reviewed.write_bytes(reviewed.read_bytes()[:500])
    if what == "absent":
        reviewed.unlink()
    said = desk.merge(reviewed)
    assert said.status == 2
    assert "Traceback" not in said.err
    assert not desk.out(NAME).exists()


def test_a_workbook_with_decisions_is_never_written_over(desk: Desk) -> None:
    write(desk.out("findings.xlsx"), 2, {"Decision": "confirmed", **DECIDED})
    said = desk.report("--force")
    assert said.status == 2
    assert "1 decision that was never merged" in said.err
    assert desk.merge(desk.out("findings.xlsx")).status == 0
    assert desk.report("--force").status == 0
    assert read(desk.out("findings.xlsx"), 2)["Decision"] == "confirmed"


def test_a_damaged_file_of_decisions_is_told(desk: Desk) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "confirmed", **DECIDED})
    assert desk.merge(reviewed).status == 0
    line = desk.out(NAME).read_text("utf-8")
    desk.out(NAME).write_text(line + "{}\n", encoding="utf-8")
    said = desk.report("--force")
    assert (said.status, f"{NAME}:2" in said.err) == (2, True)
    desk.out(NAME).write_text(line + line, encoding="utf-8")
    said = desk.report("--force")
    assert (said.status, "a line is missing or doubled" in said.err) == (2, True)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_a_decision_is_one_line_whatever_a_cell_holds(desk: Desk, mark: str) -> None:
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "rejected", "Reason": f"first{mark}second", **DECIDED})
    if desk.merge(reviewed).status == 0:
        assert desk.report("--force").status == 0
        assert desk.out(NAME).read_bytes().count(b"\n") == 1
    else:
        assert not desk.out(NAME).exists()


@pytest.mark.slow
def test_libreoffice_reads_the_workbook_and_gives_it_back_unchanged(desk: Desk) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is absent: no second program to open the workbook with")
    reviewed = desk.copy()
    write(reviewed, 2, {"Decision": "confirmed", "Reason": "two\nlines, _x0041_ and ü", **DECIDED})
    back = desk.folder / "back"
    profile = f"-env:UserInstallation=file://{desk.folder}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(back),
        str(reviewed),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    ours, theirs = load_workbook(reviewed), load_workbook(back / "reviewed.xlsx")
    assert theirs.sheetnames == ours.sheetnames
    for sheet in ours:
        shown = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
        assert [[cell.value or "" for cell in row[: len(shown[0])]] for row in theirs[sheet.title].iter_rows()] == shown
    assert desk.merge(back / "reviewed.xlsx").status == 0
    assert desk.decisions()[0]["values"]["Decision"] == "confirmed"
