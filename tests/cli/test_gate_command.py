"""``precise gate``: decisions, their record, and its verification, through the command line."""

from __future__ import annotations

import copy
import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

import precise_cal.gate.keeper
from precise_cal.gate import keygen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 3, 10, 2, 10, tzinfo=UTC)
"""Some minutes after the QFR of the bundled participants."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    return tmp_path / "gate"


class SetClock:
    """The clock of this machine, as the test sets it."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self, zone: Any) -> datetime:
        return self.at.astimezone(zone)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    found = SetClock()
    monkeypatch.setattr(precise_cal.gate.keeper, "datetime", found)
    return found


@pytest.fixture
def record(tmp_path: Path, screening: dict[str, Any]) -> Callable[..., str]:
    """A file with a bundled participant, some members set: a path to a value, or to None."""

    def write(base: dict[str, Any] | None = None, /, **changes: Any) -> str:
        document = copy.deepcopy(base or screening)
        for path, value in changes.items():
            part, names = document, path.split("__")
            for name in names[:-1]:
                part = part[int(name)] if isinstance(part, list) else part.setdefault(name, {})
            part[names[-1]] = value
        file = tmp_path / "patient.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        return str(file)

    return write


REFUSED = {"antiplatelet": {"dual_therapy_tolerated": False}}
UNKNOWN = {"antiplatelet": None}
RANDOMIZED = {"at": "2026-03-10T10:10:00+08:00", "arm": "DCB", "number": "R1"}


def body(said: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said.out)["body"]
    return found


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({}, 0, "ALLOW"),
        (REFUSED, 1, "REFUSE"),
        (UNKNOWN, 3, "INCOMPLETE"),
        ({"consent": {"written": False}}, 1, "REFUSE"),
    ],
)
def test_decides(precise: Any, record: Any, changes: dict[str, Any], status: int, word: str) -> None:
    said = precise("gate", record(**changes))
    assert (said.status, word in said.out) == (status, True)


def test_same_input_same_decision_and_verifies(precise: Any, record: Any) -> None:
    first = precise("gate", record(), "--format", "json")
    assert precise("gate", record(), "--format", "json").out == first.out
    said = precise("gate", "verify")
    assert (said.status, said.out.splitlines()[-1]) == (0, "1 decision, 1 computed again: sound")


# ---- who is not randomized whatever the criteria say ----

BARRED = {
    "randomized": ({"randomization": RANDOMIZED}, "ENROLLED"),
    "randomized at an unknown moment": ({"randomization": {"arm": "DES"}}, "ENROLLED"),
    "a randomization number": ({"randomization": {"number": "R7"}}, "ENROLLED"),
    "only a decision is named": ({"randomization": {"gate_decision_id": "x"}}, "ENROLLED"),
    "randomized in 2199": ({"randomization": {"at": "2199-03-10T10:10:00+08:00"}}, "ENROLLED"),
    "a device": ({"lesions__0__devices": [{"type": "DES"}]}, "TREATED"),
    "a device of an unknown kind": ({"lesions__0__devices": [{"at": "2026-03-10T10:05:00+08:00"}]}, "TREATED"),
    "a device by its role": ({"lesions__0__devices": [{}, {"role": "allocated"}]}, "TREATED"),
    "died": ({"disposition": {"status": "died"}}, "LEFT"),
    "withdrew": ({"disposition": {"status": "withdrawn"}}, "LEFT"),
    "completed": ({"disposition": {"status": "completed"}}, "LEFT"),
    "lost": ({"disposition": {"status": "lost_to_follow_up"}}, "LEFT"),
    "a death": ({"events": [{"type": "death"}]}, "LEFT"),
    "a fatal infarction": ({"events": [{"type": None}, {"type": "mi", "fatal": True}]}, "LEFT"),
    "dead at the last contact": ({"last_contact": {"vital_status": "dead"}}, "LEFT"),
    "a fatal adverse event": ({"sae": [{"criteria": ["death"]}]}, "LEFT"),
    "consent in 1990": ({"consent__signed_at": "1990-03-09T10:05:00+08:00"}, "CONSENT-START"),
    "consent on the day before": ({"consent__signed_at": "2026-01-31T23:59:59+08:00"}, "CONSENT-START"),
}


@pytest.mark.parametrize(("changes", "why"), BARRED.values(), ids=BARRED.keys())
@pytest.mark.parametrize("allowed_before", [False, True])
def test_who_may_not_be_randomized(
    precise: Any, record: Any, changes: dict[str, Any], why: str, allowed_before: bool
) -> None:
    """An ALLOW of before changes nothing; reports go on to tell what eligibility says."""
    if allowed_before:
        assert precise("gate", record()).status == 0
    file = record(**changes)
    said = precise("gate", file, "--format", "json")
    assert said.status == 1
    assert (body(said)["decision"], why in body(said)["blocking"]) == ("REFUSE", True)
    assert why in precise("gate", file).out
    report = json.loads(precise("check", file, "--format", "json").out)
    assert report["subjects"][0]["gate"]["blocking"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"randomization": {"at": None, "arm": "unknown"}},
        {"lesions__0__devices": None},
        {"lesions__0__devices": [{"type": None}]},
        {"disposition": None, "events": None},
        {"events": [{"type": "mi"}]},
        {"consent__signed_at": "2026-02-01T00:00:00+08:00"},
        {"consent__signed_at": "2026-01-31T16:00:00+00:00"},
    ],
)
def test_who_may_be(precise: Any, record: Any, changes: dict[str, Any]) -> None:
    assert precise("gate", record(**changes)).status == 0


@pytest.mark.parametrize("signed_at", [None, "2026"])
def test_an_unknown_consent_is_no_allow(precise: Any, record: Any, signed_at: str | None) -> None:
    said = precise("gate", record(consent__signed_at=signed_at))
    assert said.status in (2, 3)
    assert "ALLOW" not in said.out


def test_who_is_enrolled_is_shown_the_decision_that_stood(precise: Any, record: Any, clock: SetClock) -> None:
    precise("gate", record(**UNKNOWN))
    clock.at += timedelta(minutes=1)
    allowed = body(precise("gate", record(), "--format", "json"))
    clock.at += timedelta(minutes=10)
    precise("gate", record(**REFUSED))
    at = "2026-03-10T10:15:00+08:00"
    said = precise("gate", record(randomization={**RANDOMIZED, "at": at}))
    assert said.status == 1
    assert f"decision 2 stood: ALLOW, 2026-03-10 10:11:00+08:00, {allowed['decision_id']}" in said.out
    assert said.err == ""
    said = precise("gate", record(randomization={**RANDOMIZED, "at": at}, **REFUSED))
    assert (said.status, "DV-RND-03" in said.err) == (1, True)
    said = precise("gate", record(randomization={**RANDOMIZED, "at": "2026-03-10T10:09:00+08:00"}))
    assert (said.status, "DV-RND-01" in said.err) == (1, True)


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=1), timedelta(days=40)])
def test_the_arm_is_in_no_decision(
    precise: Any, record: Any, complete: dict[str, Any], clock: SetClock, later: timedelta
) -> None:
    """Two participants who differ in arm, device and number alone get the same words, whenever they are asked for."""
    clock.at = datetime(2026, 11, 29, 18, 25, 59, tzinfo=UTC)
    told = []
    for arm in ("DCB", "DES"):
        devices = [{"type": arm, "role": "allocated", "at": "2026-03-10T10:20:00+08:00"}]
        file = record(complete, randomization={**RANDOMIZED, "arm": arm, "number": arm}, lesions__0__devices=devices)
        said = precise("gate", file, "--format", "json")
        assert "R1" not in said.out
        told.append(body(said)["decision_id"])
        clock.at += later
    assert told[0] == told[1], "the same decision, told again"


# ---- the moment ----

FAR = "2150-03-10T10:02:00+08:00"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("qfr_measurements__0__acquired_at", FAR),
        ("consent__signed_at", FAR),
        ("procedure__started_at", FAR),
        ("lesions__0__modification__0__ended_at", FAR),
        ("lesions__0__modification__0__started_at", FAR),
        ("hospital__admitted_at", FAR),
        ("qfr_measurements__0__acquired_at", "2026-03-10T10:11:01+08:00"),
    ],
)
@pytest.mark.parametrize("cutoff", ["2026-03-10T10:08:00+08:00", "2199-01-01T00:00:00+08:00", None])
def test_what_lies_ahead_of_the_clock(
    precise: Any, record: Any, clock: SetClock, path: str, value: str, cutoff: str | None
) -> None:
    """Whatever cut-off the record names: it is the clock that judges."""
    said = precise("gate", record(**{path: value, "data_cutoff": cutoff}))
    assert said.status in (1, 3)
    assert "AHEAD" in said.out
    assert value in said.out


@pytest.mark.parametrize(("ahead", "status"), [(0, 0), (1, 0), (60, 0), (61, 3), (3600, 3)])
def test_a_minute_ahead_counts(precise: Any, record: Any, clock: SetClock, ahead: int, status: int) -> None:
    acquired = clock.at + timedelta(seconds=ahead)
    said = precise("gate", record(qfr_measurements__0__acquired_at=acquired.isoformat()))
    assert said.status == status
    judged = acquired if ahead <= 60 else clock.at
    assert f"judged as of  {judged + timedelta(hours=8):%Y-%m-%d %H:%M:%S}+08:00" in said.out


def test_time_that_has_passed_is_judged_anew(precise: Any, record: Any, clock: SetClock) -> None:
    """Asked at 10:00 INCOMPLETE, it is ALLOW at 10:08, as `check` says; and no answer of before is told again."""
    clock.at = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    file = record()
    assert precise("gate", file).status == 3
    clock.at += timedelta(minutes=8)
    said = precise("gate", file)
    assert (said.status, "decision 1 INCOMPLETE" in said.out) == (0, True)
    clock.at += timedelta(minutes=1)
    assert "as recorded before" in precise("gate", file).out


@pytest.mark.parametrize(("changes", "status"), [({}, 3), (REFUSED, 1), (UNKNOWN, 3)])
@pytest.mark.parametrize("option", [["--dry-run"], ["--as-of", "2026-03-10T10:08:00+08:00"]])
def test_nothing_is_recorded(
    precise: Any, record: Any, home: Path, changes: dict[str, Any], status: int, option: list[str]
) -> None:
    said = precise("gate", record(**changes), *option)
    assert (said.status, "not recorded" in said.out) == (status, True)
    assert "may be randomized now" not in said.out, "it permits nothing"
    assert not home.exists(), "neither key nor ledger is made"
    said = precise("gate", record(**changes), *option, "--format", "json")
    assert (said.status, json.loads(said.out)["recorded"]) == (status, False)
    precise("gate", record())
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    said = precise("gate", record(**changes), *option)
    assert (said.status, "decision 1 ALLOW" in said.out) == (status, True)
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


def test_as_of_judges_for_that_moment(precise: Any, record: Any, home: Path) -> None:
    said = precise("gate", record(), "--as-of", "2026-03-10T09:59:00+08:00")
    assert (said.status, "INCOMPLETE" in said.out) == (3, True)
    moments = ["2026-03-10", "2026-03", "soon", "", "2026-03-10T10:08:00", "2026-03-10T10+08:00"]
    for option in [["--as-of", moment] for moment in moments] + [["--now", "2199-01-01T00:00:00+08:00"]]:
        assert precise("gate", record(), *option).status == 2
    assert not home.exists()


# ---- what was decided before ----


def test_a_change_after_refuse(precise: Any, record: Any, home: Path) -> None:
    assert precise("gate", record(**REFUSED)).status == 1
    before = (home / "gate.ledger").read_bytes()
    for reason in ([], ["--reason", "  "]):
        said = precise("gate", record(), *reason)
        assert (said.status, said.out) == (2, "")
        assert "decision 1 was REFUSE (EX-7)" in said.err
        assert "Nothing was recorded" in said.err
    assert (home / "gate.ledger").read_bytes() == before
    said = precise("gate", record(), "--reason", "ticagrelor instead")
    assert (said.status, "reason  ticagrelor instead" in said.out) == (0, True)
    said = precise("gate", "verify")
    assert said.status == 0
    assert (
        "after the REFUSE of decision 1, ZS01-001 was asked with a changed record in decision 2, ALLOW: tic" in said.out
    )


@pytest.mark.parametrize("spelling", ["zs01-001", "ＺＳ01-001", "ΖS01-001", "ZS01-00l", "ZSO1-0O1", "ZS01‐001"])
@pytest.mark.parametrize("site_id", ["ZS01", "ZS02", None])
def test_a_spelling_makes_no_new_participant(precise: Any, record: Any, spelling: str, site_id: str | None) -> None:
    precise("gate", record(**REFUSED))
    said = precise("gate", record(subject_id=spelling, site_id=site_id))
    assert said.status == 2, "a reason is asked for, or the name refused"
    assert "ALLOW" not in said.out


def test_who_it_was_under_another_name(precise: Any, record: Any) -> None:
    precise("gate", record())
    said = precise("gate", record(subject_id="zs01-001", site_id="ZS02"))
    assert re.search(r"asked before  decision 1 ALLOW \(.* as ZS01-001, site ZS01\)", said.out)


def test_a_ledger_says_which_it_is(precise: Any, record: Any, tmp_path: Path) -> None:
    """Another ledger starts clean, and nothing here can prevent it: so it says that it was begun, and where."""
    precise("gate", record(**REFUSED))
    other = tmp_path / "other.ledger"
    said = precise("gate", record(), "--ledger", other, "--format", "json")
    assert said.status == 0
    decision = body(said)
    assert decision["ledger"] == {"path": str(other), "decisions": 1}
    said = precise("gate", record(), "--ledger", other)
    assert f"ledger  {decision['ledger_id']}, 1 decision, {other}" in said.out
    third = tmp_path / "third.ledger"
    assert f"1 decision, begun with this question, {third}" in precise("gate", record(), "--ledger", third).out


# ---- rules ----


def weakened(folder: Path) -> Path:
    file = folder / "eligibility.yaml"
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("present_when: not antiplatelet.dual_therapy_tolerated", 'present_when: "false"'), "utf-8"
    )
    return folder


def protocol_sha256(precise: Any, rules: Path, file: str) -> str:
    report = json.loads(precise("check", file, "--rules", rules, "--format", "json").out)
    return str(report["protocol"]["sha256"])


def test_weakened_rules_are_named(precise: Any, record: Any, rules_copy: Path) -> None:
    weak = weakened(rules_copy)
    file = record(**REFUSED)
    said = precise("gate", file, "--rules", weak, "--format", "json")
    rules = body(said)["rules"]
    assert (rules["folder"], rules["trust"]) == (str(weak), "untrusted")
    assert f"not the bundled rules, and --trust-rules does not name them: {weak}" in said.err
    assert (
        rules["sha256"]
        == json.loads(precise("check", file, "--rules", weak, "--format", "json").out)["protocol"]["sha256"]
    )
    for own in ([], ["--rules", str(weak)]):
        found = precise("gate", "verify", *own)
        assert found.status == 1
        assert f"RULES: 1 decided by rules that no version of this program brought (1): {weak}" in found.out
    assert precise("gate", "verify", "--trust-rules", rules["sha256"]).status == 0
    assert precise("gate", "verify", "--trust-rules", "0" * 64).status == 1
    assert precise("gate", "verify", "--trust-rules", "mine").status == 2


def test_rules_that_were_named(precise: Any, record: Any, rules_copy: Path) -> None:
    weak = weakened(rules_copy)
    digest = protocol_sha256(precise, weak, record())
    said = precise("gate", record(), "--rules", weak, "--trust-rules", digest, "--format", "json")
    assert (said.status, body(said)["rules"]["trust"], said.err.count("trust")) == (0, "named", 0)
    assert precise("gate", "verify").status == 1, "who verifies has to name them too"
    assert precise("gate", "verify", "--trust-rules", digest).status == 0


def test_a_copy_of_the_bundled_rules_is_the_bundled_rules(precise: Any, record: Any, rules_copy: Path) -> None:
    said = precise("gate", record(), "--rules", rules_copy, "--format", "json")
    assert body(said)["rules"]["trust"] == "bundled"
    assert precise("gate", "verify").status == 0


def test_the_cache_is_not_asked(precise: Any, record: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A decision rests on the rule files themselves."""

    def opened(*_: Any) -> Any:
        raise AssertionError("the cache was read or written")

    monkeypatch.undo()
    monkeypatch.setenv("PRECISE_GATE_HOME", str(tmp_path / "gate"))
    for name in ("recall", "keep"):
        monkeypatch.setattr(f"precise_cal.engine.rulebook.cache.{name}", opened)
    assert precise("gate", record()).status == 0
    assert precise("gate", record(**REFUSED), "--dry-run").status == 1
    assert precise("gate", "verify").status == 0


def test_a_trial_that_lacks_a_role(precise: Any, record: Any, rules_copy: Path) -> None:
    """A folder from before record.yaml has the roles of the bundled one; one that leaves a role out is told."""
    file = rules_copy / "record.yaml"
    text = file.read_text("utf-8")
    file.unlink()
    assert precise("gate", record(randomization=RANDOMIZED), "--rules", rules_copy).status == 1
    file.write_text(re.sub(r"(?ms)^  left: .*", "", text), "utf-8")
    said = precise("gate", record(), "--rules", rules_copy)
    assert (said.status, "names no role left" in said.err) == (2, True)


# ---- what a person sees ----


def test_an_incomplete_asks(precise: Any, record: Any) -> None:
    said = precise("gate", record(**UNKNOWN))
    asked = said.out[said.out.index("to be supplied:") :]
    assert "whether dual antiplatelet therapy is tolerated  (EX-7 /antiplatelet/dual_therapy_tolerated)" in asked


def test_the_fewest_data_are_marked_and_none_of_who_is_refused(precise: Any, record: Any) -> None:
    other = {"participating": None, "interventional": None, "coronary_device": None}
    asked = precise("gate", record(other_trial=other)).out.partition("to be supplied:")[2].splitlines()
    marked = {line.rpartition("/")[2]: line[2] for line in asked if "EX-10" in line}
    assert marked == {"participating)": "+", "interventional)": " ", "coronary_device)": " "}
    refused = precise("gate", record(**REFUSED, other_trial=other))
    assert (refused.status, "could pass" in refused.out) == (1, False)
    assert not [line for line in refused.out.splitlines() if line.startswith("  +")]


def test_the_head_is_what_expect_head_takes(precise: Any, record: Any) -> None:
    asked = precise("gate", record())
    head = re.search(r"head  (\d+:[0-9a-f]{64})", asked.out)
    assert head is not None
    verified = precise("gate", "verify", "--expect-head", head[1])
    assert (verified.status, f"head {head[1]}" in verified.out) == (0, True)
    assert precise("gate", "verify", "--expect-head", "9" + head[1]).status == 1
    for wrong in ("1", "x:y", "1:abc", "²:" + "0" * 64):
        assert precise("gate", "verify", "--expect-head", wrong).status == 2


def test_a_slip(precise: Any, record: Any, tmp_path: Path) -> None:
    slip = tmp_path / "slip.html"
    said = precise("gate", record(**REFUSED), "--slip", slip, "--format", "json")
    page, decision = slip.read_text("utf-8"), body(said)
    digest = json.loads(said.out)["sha256"]
    for text in (
        "REFUSE", "must not be randomized", "Patients who cannot tolerate dual antiplatelet therapy.", "ZS01-001",
        decision["ledger_id"], f"1:{digest}", decision["decision_id"], decision["rules"]["sha256"], "judged as of 20",
    ):  # fmt: skip
        assert text in page
    file = record(**UNKNOWN)
    for option in ([], ["--reason", "measured again"]):
        again = precise("gate", file, "--slip", slip, *option)
        assert (again.status, "exists; --force overwrites it" in again.err) == (2, True)
    assert slip.read_text("utf-8") == page
    assert "1 decision, 1 computed again" in precise("gate", "verify").out, "nothing was recorded"
    assert precise("gate", record(**REFUSED), "--slip", slip, "--force").status == 1
    assert precise("gate", file, "--slip", file, "--force", "--reason", "x").status == 2, "not over the record"
    for option in (["--dry-run"], ["--as-of", "2026-03-10T10:08:00+08:00"]):
        said = precise("gate", record(), *option, "--slip", tmp_path / "other.html")
        assert (said.status, (tmp_path / "other.html").exists()) == (2, False)


def test_a_decision_on_a_simulated_record_says_so(precise: Any, record: Any, tmp_path: Path) -> None:
    slip = tmp_path / "slip.html"
    for language, told, printed in (
        ("en", "1 participant is simulated: nobody of this name exists", "SIMULATED: nobody in this document exists"),
        ("zh", "1 名受试者为模拟数据", "模拟数据：本文件中的人均不存在"),
    ):
        options = ("--lang", language, "--slip", slip, "--force")
        said = precise("gate", record(**{"$simulated": True}), *options)
        assert (said.status, told in said.err, printed in slip.read_text("utf-8")) == (0, True, True)
        said = precise("gate", record(), *options)
        assert (said.status, told in said.err, printed in slip.read_text("utf-8")) == (0, False, False)


def test_nothing_of_a_record_acts_in_a_slip(precise: Any, record: Any, tmp_path: Path) -> None:
    text = "<script>alert(1)</script>\u202e&\"'"
    precise("gate", record(**REFUSED))
    file = record(protocol_version=text)
    precise("gate", file, "--reason", text, "--slip", tmp_path / "slip.html")
    page = (tmp_path / "slip.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e" in page
    assert "<script" not in page
    assert "\u202e" not in page


# ---- keys, ledger, clock ----


def test_what_verify_trusts_is_told(precise: Any, record: Any, home: Path, tmp_path: Path) -> None:
    precise("gate", record())
    said = precise("gate", "verify")
    assert (said.status, "no --public-key was named" in said.err) == (0, True)
    said = precise("gate", "verify", "--public-key", home / "gate.key.pub")
    assert (said.status, said.err) == (0, "")
    keygen(tmp_path / "other", tmp_path / "other.pub")
    said = precise("gate", "verify", "--public-key", tmp_path / "other.pub")
    assert said.status == 1
    assert "KEY: entry 1: signed with the key" in said.out
    assert "CHANGED" not in said.out


def test_a_key_is_handed_over(precise: Any, record: Any, home: Path, tmp_path: Path) -> None:
    precise("gate", record())
    new = tmp_path / "new.key"
    precise("gate", "keygen", new)
    assert precise("gate", "rekey", new).status == 2, "not without a reason"
    said = precise("gate", "rekey", new, "--reason", "annual change")
    assert (said.status, said.out.startswith("entry 2:")) == (0, True)
    assert precise("gate", record()).status == 2
    assert precise("gate", record(), "--key", new).status == 0
    for public in (home / "gate.key.pub", f"{new}.pub"):
        said = precise("gate", "verify", "--public-key", public)
        assert (said.status, "another key signs from here on: annual change" in said.out) == (0, True)


def test_a_key_that_was_lost(precise: Any, record: Any, home: Path, tmp_path: Path) -> None:
    precise("gate", record())
    (home / "gate.key.pub").rename(tmp_path / "old.pub")
    (home / "gate.key").unlink()
    said = precise("gate", record(**UNKNOWN))
    assert (said.status, "name its public half with --public-key" in said.err) == (2, True)
    assert precise("gate", record(**UNKNOWN), "--public-key", tmp_path / "old.pub").status == 3
    both = ["--public-key", tmp_path / "old.pub", "--public-key", home / "gate.key.pub"]
    assert precise("gate", "verify", *both).status == 0


def test_a_clock_that_ran_ahead(precise: Any, record: Any, clock: SetClock) -> None:
    clock.at = datetime(2099, 1, 1, tzinfo=UTC)
    precise("gate", record(**UNKNOWN))
    clock.at = NOW
    said = precise("gate", record())
    assert (said.status, 'precise gate clock --reason "…"' in said.err) == (2, True)
    assert precise("gate", "clock", "--reason", "").status == 2
    assert precise("gate", "clock", "--reason", "the battery was empty").status == 0
    assert precise("gate", record()).status == 0
    said = precise("gate", "verify")
    assert (said.status, "the clock was set right: the battery was empty" in said.out) == (0, True)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_else_reads_the_home(precise: Any, record: Any, home: Path) -> None:
    precise("gate", record())
    assert home.stat().st_mode & 0o777 == 0o700
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in home.iterdir()}
    assert {name: mode for name, mode in modes.items() if mode != "0o600"} == {"gate.key.pub": "0o644"}
    home.chmod(0o755)
    said = precise("gate", record())
    assert (home.stat().st_mode & 0o777, "mode 0755 let others in" in said.err) == (0o700, True)


def test_tampering_is_found(precise: Any, record: Any, home: Path) -> None:
    precise("gate", record())
    ledger = home / "gate.ledger"
    content = ledger.read_bytes()
    at = content.index(b'"ALLOW"')
    ledger.write_bytes(content[: at + 1] + b"allow" + content[at + 6 :])
    said = precise("gate", "verify")
    assert (said.status, "CHANGED" in said.out) == (1, True)
    assert precise("gate", record()).status == 2


def test_bad_input_is_exit_2(precise: Any, record: Any, tmp_path: Path) -> None:
    said = precise("gate", record(nonsense=1))
    assert (said.status, "/nonsense" in said.err) == (2, True)
    assert precise("gate", tmp_path / "absent.json").status == 2
    key = tmp_path / "open.key"
    assert precise("gate", "keygen", key).status == 0
    assert precise("gate", "keygen", key).status == 2
    key.chmod(0o644)
    assert precise("gate", record(), "--key", key).status == 2


def test_rule_files_with_other_line_ends_are_the_same_rules(precise: Any, record: Any, rules_copy: Path) -> None:
    rules = body(precise("gate", record(), "--format", "json", "--rules", rules_copy))["rules"]
    for one in rules_copy.glob("*.yaml"):
        one.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    again = body(precise("gate", record(), "--format", "json", "--rules", rules_copy))["rules"]
    assert (again, rules["trust"]) == (rules, "bundled")


def test_a_user_without_a_home_is_told_what_to_name(precise: Any, record: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    for name in ("PRECISE_GATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.home", no_home)
    for arguments in (["gate", record()], ["gate", record(), "--dry-run"], ["gate", "verify"]):
        said = precise(*arguments)
        assert (said.status, "set PRECISE_GATE_HOME" in said.err) == (2, True)
