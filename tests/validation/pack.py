"""The validation pack as files: a page to print and sign, a workbook, and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from tests.validation.matrix import rows_of, summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.validation.evidence import Evidence
    from tests.validation.matrix import Row
    from tests.validation.requirements import Requirement

EVIDENCE = "evidence.json"
RULES_PACK = "rules/rules.html"
"""Where the validation pack of the rules stands, once there is one (docs/assurance.md)."""


def write_pack(folder: Path, requirements: Sequence[Requirement], evidence: Evidence) -> dict[str, int]:
    """Write ``validation.html``, ``validation.xlsx``, ``validation.json`` and the evidence itself.

    Returns:
        How many requirements stand how.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = rows_of(requirements, evidence)
    summary = summary_of(rows)
    rules = RULES_PACK if (folder / RULES_PACK).is_file() else ""
    (folder / EVIDENCE).write_text(evidence.model_dump_json(indent=1), "utf-8")
    (folder / "validation.json").write_text(
        json.dumps(_members(rows, summary, evidence, rules), ensure_ascii=False, indent=1)
    )
    (folder / "validation.html").write_text(_page(rows, summary, evidence, rules), "utf-8")
    _workbook(rows, evidence, rules).save(folder / "validation.xlsx")
    return summary


def _members(rows: Sequence[Row], summary: dict[str, int], evidence: Evidence, rules: str) -> dict[str, Any]:
    listed = [
        row.requirement.model_dump()
        | {"priority": row.requirement.risk.priority, "standing": row.standing}
        | {"tests": [asdict(test) for test in row.tests]}
        for row in rows
    ]
    runs = [run.model_dump(mode="json", exclude={"packages"}) for run in evidence.runs]
    software = evidence.software.model_dump()
    return {"software": software, "summary": summary, "rules_pack": rules, "runs": runs, "requirements": listed}


def _page(rows: Sequence[Row], summary: dict[str, int], evidence: Evidence, rules: str) -> str:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    packages = evidence.runs[-1].packages if evidence.runs else {}
    return environment.get_template("page.html").render(
        rows=rows,
        summary=summary,
        evidence=evidence,
        rules=rules,
        packages=sorted(packages.items(), key=lambda one: one[0].lower()),
    )


_HEADS = (
    ("Requirement", 12), ("It says", 60), ("要求", 45), ("Source", 26), ("Failure", 50), ("Severity", 10),
    ("Probability", 11), ("Detection", 10), ("Priority", 10), ("Tests", 70), ("Evidence", 60), ("Standing", 10),
    ("Open", 50),
)  # fmt: skip


def _workbook(rows: Sequence[Row], evidence: Evidence, rules: str) -> Workbook:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Requirements"
    _head(sheet, _HEADS)
    for row in rows:
        one, risk = row.requirement, row.requirement.risk
        evident = [
            f"{test.state}, {test.cases} cases, {test.seconds:.1f} s {_figures(test.figures)}" for test in row.tests
        ]
        sheet.append([
            one.id, one.says.en, one.says.zh, one.source, risk.failure.en, risk.severity, risk.probability,
            risk.detection, risk.priority, "\n".join(one.tests or (one.measured,)), "\n".join(evident), row.standing,
            one.open,
        ])  # fmt: skip
    tests = book.create_sheet("Tests")
    _head(tests, (("Test", 110), ("Outcome", 10), ("Seconds", 10), ("Run", 6), ("Why", 60), ("Figures", 50)))
    for name, result in sorted(evidence.results.items()):
        tests.append([name, result.outcome, result.seconds, result.run, result.why, _figures(result.figures)])
    if rules:
        book.create_sheet("Rules").append(["The validation pack of the rules", f'=HYPERLINK("{rules}")'])
    for each in book.worksheets:
        for line in each.iter_rows(min_row=2):
            for cell in line:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    return book


def _figures(figures: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in figures.items())


def _head(sheet: Any, heads: Sequence[tuple[str, int]]) -> None:
    sheet.append([name for name, _ in heads])
    for number, (_, width) in enumerate(heads, 1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "B2"
