"""Nothing that is shown tells an allocation, unless it is asked for."""

from __future__ import annotations

import copy
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from precise_cal.engine.rulebook.reading import allocation_rules
from precise_cal.reports.html import as_html
from precise_cal.reports.participant.document import participant_document
from precise_cal.reports.public import Mask, public_subject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject
    from precise_cal.reports.case import Trial

DISSECTED = {"timi": 1, "dissection": "D"}
FORMATS = ("html", "pdf", "xlsx", "sdtm", "csv", "markdown")


def other_arm(document: dict[str, Any]) -> dict[str, Any]:
    """The same participant, had the allocation been the other one."""
    twin = copy.deepcopy(document)
    twin["randomization"] |= {"arm": "DES", "number": "R0002"}
    for lesion in twin["lesions"]:
        for device in lesion["devices"]:
            device["type"] = "DES"
        for seen in lesion["assessments"]:
            seen["phase"] = seen["phase"].replace("after_dcb", "after_des")
    return twin


def bailout(document: dict[str, Any]) -> None:
    """A dissection with restricted flow, and a second device."""
    lesion = document["lesions"][0]
    lesion["assessments"][1] |= DISSECTED
    lesion["assessments"].insert(
        2, {"phase": "after_des", "at": "2026-03-10T10:32:00+08:00", "timi": 3, "dissection": "none"}
    )
    lesion["devices"].append(
        {"type": "DES", "role": "bailout", "at": "2026-03-10T10:30:00+08:00", "reason": "dissection"}
    )


def cells(data: bytes) -> list[Any]:
    """Every cell of a workbook."""
    book = load_workbook(io.BytesIO(data))
    return [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]


def nothing(document: dict[str, Any]) -> None:
    """As it is."""


def late_device(document: dict[str, Any]) -> None:
    """A second device, whose time cannot be right."""
    document["lesions"][0]["devices"].append({"type": "DES", "role": "additional", "at": "2037-03-10T10:30:00+08:00"})


def test_a_date_of_the_treatment_that_cannot_be_right_is_not_named(
    complete: dict[str, Any], judge: Callable[[Any], Subject], book: Rulebook
) -> None:
    late_device(complete)
    mask = Mask(allocation_rules(book), book.schema.revealing)
    subject = judge(complete)
    assert "2037" in str(subject)
    assert "2037" not in str(public_subject(subject, mask))


@pytest.mark.parametrize("change", [nothing, bailout], ids=lambda change: change.__name__)
def test_masked_files_do_not_depend_on_the_arm(
    change: Callable[[dict[str, Any]], None],
    participant: dict[str, Any],
    trial: Callable[..., Any],
    written: Callable[..., dict[str, bytes]],
) -> None:
    change(participant)
    second = {**copy.deepcopy(participant), "subject_id": "ZS01-002"}
    ours, theirs = trial([participant, second]), trial([other_arm(participant), second])
    assert ours == theirs
    mine, yours = (written(one, *FORMATS, only="") for one in (ours, theirs))
    comparable = [name for name in mine if not name.endswith((".xlsx", ".xpt"))]  # these two carry the time of writing
    assert comparable
    assert all(mine[name] == yours[name] for name in comparable)
    assert cells(mine["findings.xlsx"]) == cells(yours["findings.xlsx"])
    assert trial([participant], unmasked=True) != trial([other_arm(participant)], unmasked=True)


def test_a_deviation_of_one_arm_only_is_not_told_by_name(
    participant: dict[str, Any], trial: Callable[..., Any], written: Callable[..., dict[str, bytes]]
) -> None:
    for seen in participant["lesions"][0]["assessments"][1:]:
        seen.update(DISSECTED)
    crossed = other_arm(copy.deepcopy(participant)) | {"subject_id": "ZS01-002"}
    for device in crossed["lesions"][0]["devices"]:
        device["type"] = "DCB"
    shown = trial([participant, crossed])
    assert [one.deviation.code for case in shown.cases for one in case.findings] == ["DV-TRT", "DV-TRT"]
    first, second = (case.findings[0].deviation for case in shown.cases)
    assert first == second
    for name, data in written(shown, "html", "csv", "markdown", "sdtm").items():
        for word in (
            "DV-TRT-0",
            "BAILOUT DES",
            "drug-coated balloon obliges",
            "after_dcb",
            "ALLOCATED DEVICE",
            "R0001",
        ):
            assert word.encode() not in data, (name, word)
    told = trial([participant], unmasked=True).cases[0].findings[0].deviation
    assert (told.code, told.term) == ("DV-TRT-02", "BAILOUT DES NOT IMPLANTED")


def test_the_fewest_data_are_shown_and_none_of_a_rule_about_the_allocation(
    trial: Callable[..., Trial], records: list[dict[str, Any]], frame: Any
) -> None:
    open_ = [one for case in trial(records, unmasked=True).cases for one in case.needed]
    shown = trial(records)
    masked = [one for case in shown.cases for one in case.needed]
    assert ("EX-2", "/renal/on_dialysis") in [(one.rule, one.pointer) for one in masked]
    assert {one.rule for one in masked} == {one.rule for one in open_} - frame.study.mask.rules
    case = next(one for one in shown.cases if any(asked.rule == "EX-2" for asked in one.needed))
    page = as_html(participant_document(case, shown))
    assert page.index("The fewest data with which each rule could pass") > page.index("Open queries")


def test_queries_about_the_treatment_keep_their_count_and_lose_their_words(
    participant: dict[str, Any], trial: Callable[..., Any]
) -> None:
    participant["lesions"][0]["assessments"][1]["timi"] = None
    participant["lesions"][0]["assessments"][1]["dissection"] = "D"
    masked, open_ = trial([participant]).cases[0], trial([participant], unmasked=True).cases[0]
    assert len(masked.queries) == len(open_.queries) > 0
    assert any("assessments" in one.query.pointer for one in open_.queries)
    assert not any("assessments/" in one.query.pointer for one in masked.queries)
    assert [one.id for one in sorted(masked.queries, key=lambda one: one.id)] == sorted(one.id for one in open_.queries)


def test_ids_are_the_same_masked_and_unmasked(records: list[dict[str, Any]], trial: Callable[..., Any]) -> None:
    masked, open_ = trial(records), trial(records, unmasked=True)
    ours = sorted((one.id, one.fingerprint) for _, one in masked.findings)
    assert ours == sorted((one.id, one.fingerprint) for _, one in open_.findings)
    assert len({one.id for _, one in masked.findings}) == len(masked.findings)


def test_rules_that_tell_the_arm_are_found_in_the_rule_files(book: Rulebook) -> None:
    assert allocation_rules(book) == {"ARM-1", "BAILOUT-1"}


def test_a_masked_report_shows_no_digest_of_a_record(
    records_file: Path, precise: Callable[..., Any], tmp_path: Path
) -> None:
    assert precise("report", records_file, "--out", tmp_path / "r", "--format", "html,csv").status == 0
    digests = [
        subject["record_sha256"]
        for subject in json.loads(precise("check", records_file, "--format", "json").out)["subjects"]
    ]
    for path in (tmp_path / "r").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not any(digest[:16] in text for digest in digests), path
        assert "non-inferior" not in text.replace("non-inferiority", ""), path
