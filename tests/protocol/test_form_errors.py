"""Wrong trial folders: what is wrong is told with file, path and value, in words, with what would be right."""

from __future__ import annotations

import copy
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.schema import _FILES, rule_file_schema
from precise_cal.protocol.form_errors import PATTERNS, form_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GONE: Any = object()
AGE = {
    "id": "age.min",
    "meaning": "x",
    "type": "integer",
    "values": [{"since": "2026-01-01", "value": 18, "status": "assumed", "why": "x"}],
}
DEVIATION = {"code": "DV-1", "category": "x", "term": "x", "importance": "important", "why": "x"}
LIMIT = {"id": "Q-1", "title": "x", "codes": ["DV-X"], "limit": 120}
WRONG: list[tuple[str, tuple[str | int, ...], Any, str]] = [
    ("protocol", ("study", "utc_offset"), 2, 'study.utc_offset: 2 should be an offset from UTC in quotes'),
    ("protocol", ("study", "utc_offset"), "2:00", "study.utc_offset: '2:00' should be an offset from UTC"),
    ("protocol", ("study", "sponsor"), GONE, 'the key "sponsor" is missing'),
    ("protocol", ("study", "sponsor"), {"a": 1}, "study.sponsor: this entry should be text"),
    ("protocol", ("study",), ["x"], "study: this list should be an entry with id, title, short_title"),
    ("protocol", ("stduy",), {}, '"stduy" is no key here; did you mean "study"?'),
    ("protocol", ("arms",), {"code": "A"}, "arms: this entry should be a list, each item an entry with code, title"),
    ("protocol", ("arms",), [{"code": 1, "title": "x", "quote": "x"}], "arms.0.code: 1 should be text"),
    ("protocol", ("versions",), [{"id": "1", "date": "soon"}], "versions.0.date: 'soon' should be a day such as 2026"),
    ("protocol", ("versions",), ["1.0"], "versions.0: '1.0' should be an entry with id, date"),
    ("protocol", ("parameters",), [AGE | {"type": "int"}], 'date; did you mean "integer"?'),
    ("protocol", ("parameters",), [AGE | {"id": "Age"}], "'Age' should be a group and a name in small letters"),
    ("protocol", ("parameters", 0, "values", 0, "since"), "2026-01-41", "'2026-01-41': day"),
    ("protocol", ("parameters", 0, "values", 0, "value"), {"a": 1}, "value: this entry should be true or false"),
    ("protocol", ("parameters", 0, "values", 0, "status"), "asumed", 'did you mean "assumed"?'),
    ("protocol", ("parameters",), [AGE | {"values": []}], 'age.min: the key "values" is missing'),
    ("record", ("roles", "subject"), "subject", '"subject" is no key here; known are participant, site, study'),
    ("record", ("roles", "consent_at"), "started", '"consent_at" is no key here; did you mean "consented_at"?'),
    ("record", ("roles", "left"), ["x"], "roles.left: this list should be text"),
    ("record", ("roles", "participant"), GONE, "names no role participant"),
    ("record", ("record", "fit", "type"), "int", 'int is no type; did you mean "integer" or "decimal"?'),
    ("record", ("record", "fit", "type"), "string", 'string is no type; did you mean "text"?'),
    ("record", ("record", "fit", "type"), "Contct", 'Contct is no type; did you mean "Contact"?'),
    ("record", ("record", "fit", "tpye"), "boolean", '"tpye" is no key here; did you mean "type"?'),
    ("record", ("record", "fit", "required"), "yes", "record.fit.required: 'yes' should be true or false"),
    ("record", ("record", "fit", "from"), "low", "'low' should be a number in quotes"),
    ("record", ("parts", "contact"), {"a": {"type": "text", "about": "x"}}, "it should be letters and digits, a"),
    ("record", ("parts", "Contact", "visit", "words"), "W4", "'W4' should be a list, each item text"),
    ("record", ("words",), {"Site": []}, "words.Site: an empty list should be a list with something in it"),
    ("record", ("unique",), {"contacts": "number"}, "number: is no field of what contacts holds"),
    ("record", ("schema_version",), 1, 'schema_version: 1 should be "1.0"'),
    ("eligibility", ("rules", 0, "ietestcd"), "incl01", "should be 1 to 8 capital letters, digits and _, such as IN01"),
    ("eligibility", ("rules", 0, "ietestcd"), 1, "rules.0.ietestcd: 1 should be 1 to 8 capital letters"),
    ("eligibility", ("rules", 0, "id"), "ic1", "'ic1' should be capital letters and digits parted by hyphens"),
    ("eligibility", ("rules", 0, "kind"), "inclusive", 'did you mean "inclusion"?'),
    ("eligibility", ("rules", 0, "met_when"), True, "rules.0.met_when: true should be text"),
    ("eligibility", ("rules", 0, "quote"), [{"txt": "x"}], '"txt" is no key here; did you mean "text"?'),
    ("eligibility", ("rules", 0, "at"), "enrolment", 'did you mean "enrollment"?'),
    ("eligibility", ("rules", 0, "since"), ["1"], "rules.0.since: this list should be a day such as"),
    ("eligibility", ("rules", 0, "says"), [{"of": "NOTMET", "en": "x"}], 'did you mean "NOT_MET"?'),
    ("eligibility", ("rules",), {"IC-1": {}}, "rules: this entry should be a list, each item an entry with"),
    ("eligibility", ("gate",), {"requires": "IC-1"}, "gate.requires: 'IC-1' should be a list, each item capital"),
    ("schedule", ("visits", 0, "target"), "28", "should be a whole number or a group and a name in small"),
    ("schedule", ("visits", 0, "target"), "28", "; leave out the quotes"),
    ("schedule", ("visits", 0, "modes"), [1], "visits.0.modes.0: 1 should be text"),
    ("schedule", ("at",), "visits", 'did you mean "visit"?'),
    ("sites", ("site",), [], '"site" is no key here; did you mean "sites"?'),
    ("sites", ("sites",), [{"id": "A", "activated": "soon"}], "sites.0.activated: 'soon' should be a day"),
    ("report", ("course",), {"table": [{"at": "started"}]}, 'the key "what" is missing: what happened'),
    ("report", ("course",), {"table": [{"what": "x", "at": "startd"}]}, '"startd" is no field of the record; did you'),
    ("report", ("facts",), {"participation": "fitt"}, 'did you mean "fit"?'),
    ("report", ("facts",), {"participation": "fit + 1"}, "Add does not take (Boolean, Integer)"),
    ("report", ("quality",), {"limits": [LIMIT]}, "quality.limits.0.limit: 120 should be at most 100"),
    ("report", ("sections",), {"trial": ["in_short"]}, 'did you mean "in-short"?'),
    ("deviations", ("deviations",), [DEVIATION | {"code": "X-1"}], "'X-1' should be DV- and capital letters or digits"),
    ("deviations", ("deviations",), [DEVIATION | {"importance": "major"}], "'major' should be one of important"),
    ("deviations", ("rules",), [{"id": "x", "when": {"a": {}, "b": {}}, "then": [{"c": {}}]}], "name one kind of fact"),
    ("deviations", ("facts",), {"a": {"fields": {"b": "decimal"}}}, "'decimal' should be one of identifier, boolean"),
    ("deviations", ("deviations",), [DEVIATION | {"follows": {"findings": ["A"], "id": "a b"}}], "'a b' should be"),
    ("deviations", ("criteria",), {"failed": {"leave": ["PP"]}}, '"leave" is no key here; did you mean "leaves"?'),
]  # fmt: skip


def _files(small_trial: Any) -> dict[str, Any]:
    files = {
        "record": small_trial.RECORD,
        "protocol": {"study": small_trial.STUDY, "parameters": [AGE | {"informative": True}]},
        "eligibility": {"rules": [small_trial.CRITERION]},
        "schedule": small_trial.SCHEDULE,
    }
    return copy.deepcopy(files)


def _change(data: Any, path: tuple[str | int, ...], value: Any) -> None:
    *above, last = path
    for step in above:
        data = data[step]
    if value is GONE:
        del data[last]
    else:
        data[last] = value


@pytest.mark.parametrize(("name", "path", "value", "told"), WRONG)
def test_a_wrong_folder_is_told_in_words(
    name: str, path: tuple[str | int, ...], value: Any, told: str, small_trial: Any, tmp_path: Path
) -> None:
    files = _files(small_trial)
    _change(files.setdefault(name, {}), path, value)
    small_trial.folder_of(tmp_path, **files)
    (tmp_path / "protocol.yaml").write_text(yaml.safe_dump(files["protocol"]), "utf-8")
    with pytest.raises(RuleFileError) as refused:  # without the cache, as the gate reads it
        rulebook(tmp_path, cache=False)
    text = str(refused.value)
    assert told in text
    for line in text.splitlines():
        assert re.match(rf"{re.escape(str(tmp_path))}/{name}\.yaml:\d+:\d+: ", line), line
        assert not re.search(
            r"[Ii]nput should|valid (string|integer|list|dictionary)|pattern|\[key\]|[Ff]ield req", line
        )


def test_every_pattern_of_a_form_has_words() -> None:
    texts = (json.dumps(rule_file_schema(name)) for name in _FILES)
    assert {pattern for text in texts for pattern in _patterns(json.loads(text))} <= set(PATTERNS)


def _patterns(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (one for one in [schema.get("pattern")] if isinstance(one, str))
        yield from schema.get("patternProperties", {})
        schema = list(schema.values())
    for one in schema if isinstance(schema, list) else ():
        yield from _patterns(one)


RECORD = {"schema_version": "1.0", "subject": "A", "fit": True}
CASE = {"case": "fit", "from": "plain", "expect": "MET"}


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ({"IC-1": [CASE | {"expect": "METT"}]}, 'expect: IC-1 never says "METT"; did you mean "MET"?'),
        ({"IC-1": [CASE | {"expect": "met"}]}, 'expect: IC-1 never says "met"; did you mean "MET"?'),
        ({"IC-1": [CASE | {"expect": "ABSENT"}]}, 'IC-1 never says "ABSENT"; known are MET, NOT_MET, UNKNOWN'),
        ({"IC-1": [CASE | {"also": {"IC-11": "MET"}}]}, 'also: "IC-11" is no other rule; known are '),
        ({"IC-1": [CASE | {"also": {"IC-1": "MET"}}]}, 'also: "IC-1" is no other rule'),
        ({"IC-1": [CASE | {"gate": "ALOW"}]}, 'gate: the gate never says "ALOW"; did you mean "ALLOW"?'),
        ({"IC-11": [CASE]}, '"IC-11" is no rule; did you mean "IC-1"?'),
        ({"IC-1": [CASE | {"silent": ["OLD"]}]}, 'silent: "OLD" is not a notice of this rule; known are PLACEHOLDER'),
        ({"IC-1": [CASE | {"no_deviations": ["DV-2"]}]}, 'no_deviations: "DV-2" is not a deviation'),
        ({"IC-1": [CASE | {"leaves": ["PPS"]}]}, 'leaves: "PPS" is not an analysis population'),
        (
            {"IC-1": [CASE | {"parameters": {"age.mn": 1}}]},
            'parameters: "age.mn" is not a parameter; did you mean "age',
        ),
        ({"IC-1": [CASE | {"from": "plan"}]}, 'from: there is no "plan.json" beside the cases; there are plain'),
        ({"IC-1": [CASE | {"set": {"/fit/a": 1}}]}, "cannot be made: a pointer leads through what is no object"),
        ({"IC-1": [CASE | {"query": "yes"}]}, "query: 'yes' should be true or false"),
        ({"IC-1": [{"case": "x"}]}, 'the key "expect" is missing: the verdict of the rule'),
        ({"IC-1": CASE}, "IC-1: should be a list of cases"),
        ({"IC-1": ["x"]}, "the file: 'x' should be an entry with case, expect"),
    ],
)
@pytest.mark.parametrize("command", ["test", "lint"])
def test_a_misspelt_case_is_refused(
    command: str, cases: Any, told: str, small_trial: Any, tmp_path: Path, precise: Callable[..., Any]
) -> None:
    files = _files(small_trial)
    small_trial.folder_of(tmp_path, **files)
    (tmp_path / "protocol.yaml").write_text(yaml.safe_dump(files["protocol"]), "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "plain.json").write_text(json.dumps(RECORD), "utf-8")
    (tmp_path / "tests" / "cases.yaml").write_text(yaml.safe_dump(cases), "utf-8")
    said = precise("rules", command, "--trial", tmp_path)
    assert (said.status, told in said.err) == (2, True), said
    assert f"{tmp_path}/tests/cases.yaml:" in said.err


def test_a_rule_that_is_not_there_is_told(precise: Callable[..., Any]) -> None:
    said = precise("rules", "test", "IC-55")
    assert (said.status, said.err) == (2, "precise: IC-55: no such rule; did you mean IC-5?\n")


class _Inner(BaseModel):
    name: str


class _Either(BaseModel):
    either: int | list[_Inner]


def test_of_two_forms_the_one_that_the_value_has_is_told_by_its_innermost_fault() -> None:
    data = {"either": [{"name": 1}]}
    with pytest.raises(ValidationError) as caught:
        _Either.model_validate(data)
    assert [path for path, _ in form_problems(_Either, data, caught.value)] == [("either", 0, "name")]
