"""Identifiers: what one may be made of, and that no spelling makes another participant."""

from __future__ import annotations

import json
import tracemalloc
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.roll import Roll
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

read_record = records_of(bundled()).read

HEAD = {"schema_version": "1.0", "subject_id": "S1"}
SITE, SUBJECT = "ZS\u00c901", "ZS\u00c901-SM1"
SAME = {
    "small letters": "zs\u00e901-sm1",
    "capitals and small letters": "Zs\u00c901-sM1",
    "full width": "\uff3a\uff33\u00c9\uff10\uff11\uff0d\uff33\uff2d\uff11",
    "full-width digits": "ZS\u00c9\uff10\uff11-SM\uff11",
    "a Cyrillic letter": "Z\u0405\u00c901-SM1",
    "a small Cyrillic letter": "z\u0455\u00e901-sm1",
    "a Cyrillic letter that is like a capital only": "ZS\u00c901-S\u041c1",
    "a Greek letter": "\u0396S\u00c901-SM1",
    "mathematical letters": "\U0001d419\U0001d412\u00c901-SM1",
    "the letter O": "ZS\u00c9O1-SM1",
    "the letter l": "ZS\u00c90l-SM1",
    "letters r and n": "zs\u00e901-srn1",
    "another hyphen": "ZS\u00c901\u2010SM1",
}
"""Spellings of one name that are identifiers themselves."""
REFUSED = {
    "decomposed": "ZSE\u030101-SM1",
    "a zero-width space": "ZS\u00c901\u200b-SM1",
    "a zero-width joiner": "ZS\u00c901-SM1\u200d",
    "a soft hyphen": "ZS\u00c901\u00ad-SM1",
    "a bidirectional override": "\u202eZS\u00c901-SM1",
    "a bidirectional isolate": "ZS\u00c901-\u2066SM1",
    "a no-break space": "ZS\u00c901-SM1\u00a0",
    "a space within": "ZS\u00c901 -SM1",
    "an ideographic space": "ZS\u00c901\u3000-SM1",
    "a variation selector": "ZS\u00c901\ufe0f-SM1",
    "a Hangul filler": "ZS\u00c901\u3164-SM1",
    "a tag": "ZS\u00c901-SM1\U000e0041",
    "a line break": "ZS\u00c901-SM1\n",
    "a control character": "ZS\u00c901\x7f-SM1",
    "a byte order mark": "\ufeffZS\u00c901-SM1",
}
"""Spellings of it that are no identifiers, each by what is wrong."""


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_spellings_that_read_alike_are_identifiers_with_one_skeleton(text: str) -> None:
    assert read_record(json.dumps(HEAD | {"subject_id": text}).encode()).subject_id == text
    assert skeleton(text) == skeleton(SUBJECT)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("field", ["subject_id", "site_id"])
def test_what_cannot_be_seen_or_is_not_composed_is_refused(field: str, text: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_record(json.dumps(HEAD | {field: text}).encode())
    (problem,) = caught.value.problems
    assert problem.pointer == f"/{field}"
    assert problem.text.startswith(("should have no ", "should be in the composed form of Unicode (NFC)"))
    assert str(problem).isprintable()
    assert skeleton(text) == skeleton(SUBJECT), "old ledgers may hold it"


@pytest.mark.parametrize("pair", [("S-1", "S-2"), ("A1", "AI"), ("I", "l"), ("S-10", "S-01"), ("\u5317", "\u5357")])
def test_names_that_do_not_read_alike_differ(pair: tuple[str, str]) -> None:
    first, second = pair
    assert skeleton(first) != skeleton(second)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=0x3100), max_size=8))
def test_a_skeleton_is_its_own_and_that_of_every_form_of_a_text(text: str) -> None:
    there = skeleton(text)
    assert skeleton(there) == there
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert skeleton(unicodedata.normalize(form, text)) == there  # type: ignore[arg-type]
    assert skeleton(text.casefold()) == there


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8))
def test_ascii_needs_no_table_for_the_same_answer(text: str) -> None:
    assert skeleton(f"{text}\u4e2d") == skeleton(text) + "\u4e2d"


@pytest.mark.parametrize(("name", "field"), [("lesions", "lesion_id"), ("events", "event_id")])
def test_two_lesions_or_events_do_not_read_alike(name: str, field: str) -> None:
    with pytest.raises(RecordError) as caught:
        read_record(json.dumps(HEAD | {name: [{field: "L1"}, {field: "L2"}, {field: "\uff2c1"}]}).encode())
    (problem,) = caught.value.problems
    assert problem.pointer == f"/{name}/2/{field}"
    assert f'/{name}/0 has "L1", which reads as the same' in problem.text


@pytest.mark.parametrize(
    ("subject", "site", "pointers"),
    [
        *((text, SITE, ["/subject_id"]) for text in SAME.values()),
        (SUBJECT, "XX02", ["/subject_id"]),
        (SUBJECT, None, ["/subject_id"]),
        (SUBJECT, SITE.lower(), ["/site_id", "/subject_id"]),
        ("ZS-002", SITE.lower(), ["/site_id"]),
    ],
)
def test_a_run_has_each_participant_and_site_by_one_name(subject: str, site: str | None, pointers: list[str]) -> None:
    roll = Roll()
    assert roll.enter(SITE, SUBJECT, "first.json") is None
    with pytest.raises(RecordError) as caught:
        roll.enter(site, subject, "second.json")
    assert [problem.pointer for problem in caught.value.problems] == pointers
    assert all("first.json" in problem.text for problem in caught.value.problems)
    assert roll.enter(SITE, "ZS-002", "third.json") is None, "who was refused stands in nobody's way"
    assert roll.enter(SITE, SUBJECT, "again.json") == "first.json"


def test_a_participant_takes_few_bytes() -> None:
    tracemalloc.start()
    roll = Roll()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        roll.enter(SITE, f"{SITE}-{number:06}", f"a/folder/of/records/trial.jsonl:{number}")
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert used / 20_000 < 220
    assert roll.enter(SITE, f"{SITE}-000007", "b.json") == "a/folder/of/records/trial.jsonl:7"


SPELLINGS = [*SAME.values(), *REFUSED.values()]


@pytest.mark.parametrize("command", ["check", "report", "cohort"])
def test_no_command_makes_new_participants_of_spellings(
    command: str, screening: dict[str, Any], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    file = tmp_path / "trial.jsonl"
    names = [(SITE, SUBJECT), *((SITE, text) for text in SPELLINGS), (SITE.lower(), SUBJECT), (None, SUBJECT)]
    records = [screening | {"site_id": site, "subject_id": subject} for site, subject in names]
    file.write_text("\n".join(map(json.dumps, records)), "utf-8")
    if command == "check":
        said = precise("check", file, "--format", "json")
        subjects = json.loads(said.out)["subjects"]
        assert (said.status, [one["subject_id"] for one in subjects]) == (2, [SUBJECT])
        assert said.err.count("/subject_id") == len(SPELLINGS) + 2
    elif command == "report":
        said = precise("report", file, "--out", tmp_path / "out", "--format", "csv")
        assert (said.status, (tmp_path / "out").exists()) == (2, False)
        assert f"{len(SPELLINGS) + 2} records cannot be reported on" in said.err
    else:
        said = precise("cohort", "import", file, "--out", tmp_path / "tables")
        manifest = json.loads((tmp_path / "tables" / "cohort.json").read_text("utf-8"))
        assert (manifest["participants"], manifest["rejected"]) == (1, len(SPELLINGS) + 2)


def test_a_participant_who_is_read_twice_is_named(
    screening: dict[str, Any], tmp_path: Path, precise: Callable[..., Any]
) -> None:
    file = tmp_path / "twice.jsonl"
    file.write_text("\n".join([json.dumps(screening)] * 2), "utf-8")
    said = precise("check", file, "--format", "json")
    reported = precise("report", file, "--out", tmp_path / "out", "--format", "csv")
    text = f'/subject_id: "{screening["subject_id"]}" was read from {file}:1 already'
    first, second = json.loads(said.out)["subjects"]
    assert "SAME_PARTICIPANT" not in {one["code"] for one in first["notices"]}
    assert "SAME_PARTICIPANT" in {one["code"] for one in second["notices"]}
    assert said.status == 2
    assert text in said.err
    assert (reported.status, (tmp_path / "out").exists()) == (2, False)
    assert text in reported.err
