"""The public face: `import precise_cal` (contract, section 7)."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import precise_cal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = "2028-01-01T00:00:00+08:00"


@pytest.fixture(scope="module")
def trial() -> precise_cal.Trial:
    return precise_cal.load_trial()


def test_every_public_name_is_there_and_documented() -> None:
    assert precise_cal.__all__ == sorted(precise_cal.__all__)
    for name in precise_cal.__all__:
        value = getattr(precise_cal, name)
        assert isinstance(value, str) or value.__doc__, name
    assert set(precise_cal.__all__) <= set(dir(precise_cal))
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _ = precise_cal.nothing_of_ours


def test_importing_the_package_imports_nothing_else_of_it() -> None:
    code = "import sys, precise_cal; print(sorted(n for n in sys.modules if n.startswith(('precise_cal', 'pydantic'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['precise_cal', 'precise_cal.version']"


def test_what_can_be_read(trial: precise_cal.Trial, tmp_path: Path, complete: dict[str, Any]) -> None:
    text = json.dumps(complete)
    file = tmp_path / "patient.json"
    file.write_text(text, encoding="utf-8")
    records = [trial.read(one) for one in (file, text, text.encode(), complete)]
    assert {one.fields.subject_id for one in records} == {complete["subject_id"]}
    assert len({trial.check(one, now=NOW).subject.record_sha256 for one in records[:3]}) == 1


def test_floats_and_decimals_of_a_dict_are_read_by_their_digits(
    trial: precise_cal.Trial, complete: dict[str, Any]
) -> None:
    for value in (0.88, Decimal("0.88"), "0.88"):
        complete["qfr_measurements"][0]["value"] = value
        assert trial.read(complete).fields.qfr_measurements[0].value == Decimal("0.88")


def test_a_report_says_what_check_says(
    trial: precise_cal.Trial, tmp_path: Path, complete: dict[str, Any], precise: Callable[..., Any]
) -> None:
    complete["lesions"][0]["reference_vessel_diameter"][0]["value"] = "2.249"
    file = tmp_path / "patient.json"
    file.write_text(json.dumps(complete), encoding="utf-8")
    report = trial.check(file, now=NOW)
    assert report["IC-5"].verdict == "NOT_MET"
    assert report["IC-5"].reasons[0].observed == "2.249 mm"
    assert (report.gate.decision, report.gate.blocking) == ("REFUSE", ("IC-5",))
    assert [one.code for one in report.deviations] == ["DV-ELG-05"]
    assert report.as_dict() == json.loads(precise("check", file, "--now", NOW, "--format", "json").out)
    assert [one.id for one in report] == [*trial.rule_ids, "GATE"]
    with pytest.raises(KeyError):
        _ = report["IC-99"]


def test_events_are_those_that_took_place(trial: precise_cal.Trial, complete: dict[str, Any]) -> None:
    assert trial.check(complete, now=NOW).events == ()
    complete["periprocedural"]["perforation"] = {"ellis": "III", "at": complete["procedure"]["started_at"]}
    assert [one.id for one in trial.check(complete, now=NOW).events] == ["PERI-2"]


def test_all_problems_of_a_record_are_listed(trial: precise_cal.Trial, complete: dict[str, Any]) -> None:
    complete["lesions"][0]["vessel"] = "lad"
    complete["consent"]["signed_at"] = "yesterday"
    with pytest.raises(precise_cal.RecordError) as caught:
        trial.read(complete)
    assert {problem.pointer for problem in caught.value.problems} == {"/lesions/0/vessel", "/consent/signed_at"}
    assert isinstance(caught.value, precise_cal.PreciseError)


def test_many_participants_and_a_frame(trial: precise_cal.Trial, tmp_path: Path, complete: dict[str, Any]) -> None:
    others = [{**complete, "subject_id": f"ZS01-{number:03}"} for number in range(3)]
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(one) + "\n" for one in others), encoding="utf-8")
    reports = list(trial.check_all(tmp_path, now=NOW))
    assert [one.subject_id for one in reports] == [one["subject_id"] for one in others]
    frame = precise_cal.to_frame(reports)
    assert len(frame) == 3 * len(reports[0].rules)
    assert set(frame.query("rule == 'IC-5'").verdict) == {"MET"}
    assert list(frame.columns)[:5] == ["subject_id", "site_id", "rule", "kind", "verdict"]


def test_the_same_participant_twice_is_noticed(
    trial: precise_cal.Trial, tmp_path: Path, complete: dict[str, Any]
) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(complete), encoding="utf-8")
    first, second = trial.check_all([tmp_path / "a.json", tmp_path / "b.json"], now=NOW)
    assert "SAME_PARTICIPANT" not in {one.code for one in first.notices}
    assert "SAME_PARTICIPANT" in {one.code for one in second.notices}


def test_a_file_that_is_wrong_is_named(trial: precise_cal.Trial, tmp_path: Path, complete: dict[str, Any]) -> None:
    complete["lesions"][0]["vessel"] = "lad"
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(complete), encoding="utf-8")
    with pytest.raises(precise_cal.InputError, match=r"bad\.json: /lesions/0/vessel: \"lad\""):
        list(trial.check_all(file))
    with pytest.raises(precise_cal.InputError, match="no such file or folder"):
        list(trial.check_all(tmp_path / "absent.json"))


def test_a_folder_that_is_no_trial_is_refused(tmp_path: Path) -> None:
    with pytest.raises(precise_cal.RuleFileError, match=r"protocol\.yaml|eligibility\.yaml"):
        precise_cal.load_trial(tmp_path)


def test_a_moment_that_is_none_is_refused(trial: precise_cal.Trial, complete: dict[str, Any]) -> None:
    with pytest.raises(precise_cal.InputError, match='now "tomorrow": should be a date-time with an offset'):
        trial.check(complete, now="tomorrow")
