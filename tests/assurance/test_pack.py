"""The validation pack of rules: what was run stands in it, what was not is said to be not run, and it is signed."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pypdf
import pytest
import yaml

from precise_cal.assurance.answer import OF_RULE_TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Trial = Callable[..., Any]

GOOD: dict[str, Any] = {"schema_version": "1.0", "subject": "P-1", "age": 18, "fit": True}
CASES = {
    "IC-1": [
        {"case": "of age", "from": "good", "expect": "MET"},
        {"case": "younger", "from": "good", "set": {"/age": 17}, "expect": "NOT_MET"},
        {"case": "=unfit", "from": "good", "set": {"/fit": False}, "expect": "NOT_MET"},
    ]
}


@pytest.fixture
def folder(tmp_path: Path, trial: Trial) -> Path:
    """A trial with one criterion and its cases, and a key to sign with."""
    trial(IC_1="age >= 18 and fit", EX_1="dose > 5 'mg'")
    _write_cases(tmp_path, CASES)
    return tmp_path


def _write_cases(folder: Path, cases: Any) -> None:
    tests = folder / "tests"
    tests.mkdir(exist_ok=True)
    (tests / "good.json").write_text(json.dumps(GOOD), "utf-8")
    (tests / "cases.yaml").write_text(yaml.safe_dump(cases), "utf-8")


@pytest.fixture
def key(tmp_path: Path, precise: Callable[..., Any]) -> Path:
    """A pair of keys."""
    assert precise("gate", "keygen", tmp_path / "sign.key").status == 0
    return tmp_path / "sign.key"


def _rules(folder: Path) -> dict[str, Any]:
    return {one["id"]: one for one in json.loads((folder / "rules.json").read_bytes())["rules"]}


def test_what_was_not_given_is_said_to_be_not_run(folder: Path, key: Path, precise: Callable[..., Any]) -> None:
    out = folder / "pack"
    done = precise("rules", "pack", "--out", out, "--key", key, "--trial", folder)
    assert (done.status, done.out) == (
        0,
        f"{out}: 0 of 2 rules shown, 0 by a sample; 3 of 3 cases pass, mutants not run, proofs not run\n",
    )
    found = _rules(out)
    assert (found["IC-1"]["cases"], found["IC-1"]["mutants"], found["IC-1"]["proofs"]) == (3, None, None)
    assert [found[one]["standing"] for one in ("IC-1", "EX-1")] == ["partly", "partly"]
    page = (out / "rules.html").read_text("utf-8")
    assert page.count("not run") >= 6
    assert "Nothing is known of all records" in page
    text = "".join(one.extract_text() for one in pypdf.PdfReader(out / "rules.pdf").pages)
    assert "Nothing is known of what the cases would miss" in " ".join(text.split())
    book = openpyxl.load_workbook(io.BytesIO((out / "rules.xlsx").read_bytes()))
    assert [one.value for one in book["Mutants"][2]][:1] == ["not run"]
    assert [one.value for one in book["Rules"]["J"]] == ["Mutants", "not run", "not run"]
    assert [one.value for one in book["Cases"]["B"]][1:] == ["of age", "younger", "=unfit"]
    assert book["Cases"]["B4"].data_type == "s"


def test_mutants_and_proofs_stand_beside_their_clause(
    folder: Path, key: Path, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    pytest.importorskip("z3", reason="needs the extra: pip install 'precise-cal[assurance]'")
    from precise_cal.assurance.proving import OF_RULE

    mutants, proofs, out = tmp_path / "mutants.json", tmp_path / "proofs.json", folder / "pack"
    tried = precise("rules", "mutate", "--format", "json", "--trial", folder)
    mutants.write_text(tried.out, "utf-8")
    asked = precise("rules", "prove", "--format", "json", "--jobs", "1", "--about", "verdicts", "--trial", folder)
    proofs.write_text(asked.out, "utf-8")
    given = ("--mutants", mutants, "--proofs", proofs, "--key", key, "--trial", folder)
    assert precise("rules", "pack", "--out", out, *given).status == 0
    found = _rules(out)
    states = [one["state"] for one in json.loads(tried.out)["mutants"] if "IC-1" in one["reached"]]
    assert found["IC-1"]["mutants"] == {"good": states.count("found"), "bad": states.count("survived"), "open": 0}
    assert found["EX-1"]["mutants"]["good"] == 0, "no case is about it"
    assert found["IC-1"]["proofs"] == {"good": 3, "bad": 0, "open": 0}
    assert found["IC-1"]["standing"] == "sampled", "not all questions were asked"
    assert tuple(OF_RULE) == OF_RULE_TOPICS
    assert "a sample (seed" not in (out / "rules.html").read_text("utf-8")
    assert "IC-1 可以为" in _page(precise, out, given)
    (folder / "tests" / "cases.yaml").write_text(yaml.safe_dump({"IC-1": CASES["IC-1"][:2]}), "utf-8")
    again = precise("rules", "pack", "--out", out, "--force", *given)
    assert again.status == 2
    assert "is of cases" in again.err


def test_what_several_runs_tell_of_one_thing_counts_once(
    folder: Path, key: Path, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    tried = json.loads(precise("rules", "mutate", "--format", "json", "--rule", "IC-1", "--trial", folder).out)
    question = {"topic": "verdicts", "rule": "IC-1", "question": "IC-1 can be MET", "question_zh": "", "bound": "",
                "bound_zh": "", "because": "", "because_zh": "", "seconds": 1}  # fmt: skip
    files = []
    for number, (state, outcome) in enumerate((("survived", "not decided"), ("equivalent", "yes"))):
        mutants = {**tried, "mutants": [tried["mutants"][0] | {"state": state}, *tried["mutants"][1:]]}
        proofs = {"origin": tried["origin"], "timeout": 1, "topics": [], "rules": [],
                  "answers": [question | {"outcome": outcome}]}  # fmt: skip
        for name, content in (("mutants", mutants), ("proofs", proofs)):
            file = tmp_path / f"{name}-{number}.json"
            file.write_text(json.dumps(content), "utf-8")
            files += [f"--{name}", file]
    out = folder / "pack"
    assert precise("rules", "pack", "--out", out, "--key", key, "--trial", folder, *files).status == 0
    counted = _rules(out)["IC-1"]
    assert sum(counted["mutants"].values()) == len([one for one in tried["mutants"] if "IC-1" in one["reached"]])
    assert counted["mutants"]["open"] == 1, "what is shown to be the same goes before what survived"
    assert counted["proofs"] == {"good": 1, "bad": 0, "open": 0}


@pytest.mark.parametrize(("option", "name", "wrong"), [("--mutants", "state", "fine"), ("--proofs", "outcome", "sure")])
def test_a_state_that_there_is_not_is_refused(
    folder: Path, key: Path, precise: Callable[..., Any], option: str, name: str, wrong: str
) -> None:
    tried = json.loads(precise("rules", "mutate", "--format", "json", "--count", "1", "--trial", folder).out)
    entry = {"topic": "verdicts", "rule": "IC-1", "question": "q", "question_zh": "", "outcome": "yes", "bound": "",
             "bound_zh": "", "because": "", "because_zh": "", "seconds": 1}  # fmt: skip
    content = tried | {"timeout": 1, "topics": [], "answers": [entry]}
    content["mutants" if option == "--mutants" else "answers"][0][name] = wrong
    file = folder / "given.json"
    file.write_text(json.dumps(content), "utf-8")
    done = precise("rules", "pack", "--out", folder / "pack", option, file, "--key", key, "--trial", folder)
    assert done.status == 2
    assert f"{name}: Input should be" in done.err


def _page(precise: Callable[..., Any], out: Path, given: Any) -> str:
    """The Chinese page; a question answered yes stands in the workbook."""
    chinese = out.with_name("chinese")
    assert precise("--lang", "zh", "rules", "pack", "--out", chinese, *given).status == 0
    book = openpyxl.load_workbook(chinese / "rules.xlsx")
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)


def test_a_case_that_fails_is_shown_and_ends_with_one(folder: Path, key: Path, precise: Callable[..., Any]) -> None:
    _write_cases(folder, {"IC-1": [{"case": "of age", "from": "good", "expect": "NOT_MET"}]})
    out = folder / "pack"
    assert precise("rules", "pack", "--out", out, "--key", key, "--trial", folder).status == 1
    assert _rules(out)["IC-1"]["standing"] == "failed"
    assert "expected NOT_MET, got MET" in (out / "rules.html").read_text("utf-8")


def _resigned(out: Path) -> None:
    """A list whose digests were made to fit by somebody without the key."""
    read = json.loads((out / "signed.json").read_bytes())
    read["files"]["rules.json"] = "0" * 64
    (out / "signed.json").write_text(json.dumps(read))


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda out: None, 0, "sound"),
        (lambda out: None, 0, ", rules "),
        (lambda out: (out / "rules.json").write_text("{}"), 1, "rules.json: was changed after it was signed"),
        (lambda out: (out / "rules.pdf").unlink(), 1, "rules.pdf: is missing"),
        (lambda out: (out / "more.html").write_text(""), 1, "more.html: was not signed"),
        (_resigned, 1, "the signature of the files is not valid"),
        (lambda out: (out / "signed.json").write_text('{"files": {}}'), 2, "is no list of signed files"),
        (lambda out: (out / "signed.json").unlink(), 2, "signed.json"),
    ],
)
def test_what_was_changed_since_it_was_signed_is_named(
    folder: Path, key: Path, precise: Callable[..., Any], change: Callable[[Path], Any], status: int, said: str
) -> None:
    out = folder / "pack"
    precise("rules", "pack", "--out", out, "--key", key, "--trial", folder)
    change(out)
    done = precise("rules", "verify", out, "--public-key", f"{key}.pub")
    assert done.status == status, done
    assert said in done.out + done.err


def test_another_key_is_not_trusted(folder: Path, key: Path, precise: Callable[..., Any]) -> None:
    precise("rules", "pack", "--out", folder / "pack", "--key", key, "--trial", folder)
    precise("gate", "keygen", folder / "other.key")
    done = precise("rules", "verify", folder / "pack", "--public-key", folder / "other.key.pub")
    assert done.status == 2
    assert "which is not trusted" in done.err


@pytest.mark.parametrize("content", ["{}", "[]", "nothing", '{"origin": 1}'])
def test_what_is_no_evidence_is_refused(folder: Path, key: Path, precise: Callable[..., Any], content: str) -> None:
    file = folder / "given.json"
    file.write_text(content, "utf-8")
    for option in ("--mutants", "--proofs"):
        done = precise("rules", "pack", "--out", folder / "pack", option, file, "--key", key, "--trial", folder)
        assert done.status == 2
        assert f"{file}: is not what precise rules" in done.err
        assert not (folder / "pack").exists()
