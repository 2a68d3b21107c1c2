"""Rule files outside the guarded form are refused, each fault with its place."""

from __future__ import annotations

from typing import Any

import pytest

from precise_cal.engine.chaining import ConsequenceError, compile_consequences

Edit = tuple[tuple[str | int, ...], Any]

LESION = ("facts", "lesion", "fields")
FIRST, UNDONE, BAILOUT = (("rules", number) for number in range(3))

REFUSED: dict[str, tuple[Edit, str]] = {
    "no rules": ((("rules",), None), "rules: an unknown value should be a list"),
    "no facts": ((("facts",), ["lesion"]), "facts: this list should be keys with their values"),
    "unknown key": (((*BAILOUT, "if"), {}), r'rules\[2\].if: "if" is no key here; did you mean "id"?'),
    "id twice": (((*BAILOUT, "id"), "important"), r"rules\[2\].id: 'important' is the id of an earlier rule"),
    "id missing": (((*BAILOUT, "id"), None), r"rules\[2\].id: .*an unknown value should be letters"),
    "two kinds": (((*BAILOUT, "when", "duty"), {}), r"rules\[2\].when: .*should name one kind of fact"),
    "unknown kind": (((*BAILOUT, "when"), {"vessel": {}}), r"rules\[2\].when.vessel: no such kind of fact"),
    "unknown field": (((*BAILOUT, "when", "lesion", "colour"), "red"), "'lesion' has no field 'colour'"),
    "unknown word": (
        ((*BAILOUT, "when", "lesion", "arm"), "BMS"),
        "lesion.arm: 'BMS' is not one of DCB, DES",
    ),
    "one unknown word": (
        ((*BAILOUT, "when", "lesion", "arm"), ["DCB", "X"]),
        "lesion.arm: 'X' is not one of",
    ),
    "bare YES": (((*BAILOUT, "when", "lesion", "flow_limiting"), True), 'write "YES"'),
    "number as word": (
        ((*BAILOUT, "when", "lesion", "timi"), "3"),
        "'3' should be true or false or a whole number",
    ),
    "float": (((*BAILOUT, "when", "lesion", "timi"), 2.5), "should be true or false or a whole number or a word"),
    "null": (
        ((*BAILOUT, "when", "lesion", "timi"), None),
        "an unknown value should be true or false",
    ),
    "other operator": (
        ((*BAILOUT, "when", "lesion", "timi"), {"above": 1}),
        '"above" is no key here; known are not',
    ),
    "empty list": (((*BAILOUT, "when", "lesion", "arm"), []), "an empty list should be a list with"),
    "never": (((*BAILOUT, "when", "lesion", "arm"), {"not": ["DCB", "DES"]}), "the rule could never fire"),
    "concludes nothing": (
        ((*BAILOUT, "then"), []),
        r"rules\[2\].then: .*an empty list should be a list with",
    ),
    "concludes a given kind": (
        ((*BAILOUT, "then", 0), {"lesion": {}}),
        r"rules\[2\].then\[0\].lesion: 'lesion' is given by the caller",
    ),
    "field missing": (
        ((*BAILOUT, "then", 0, "duty"), {"act": "implant_des"}),
        "'duty' needs done, lesion, subject",
    ),
    "copy of nothing": (
        ((*BAILOUT, "then", 0, "duty", "done"), {"copy": "bms"}),
        "'lesion' has no field 'bms' to copy",
    ),
    "copy of a word into a truth value": (
        ((*BAILOUT, "then", 0, "duty", "done"), {"copy": "arm"}),
        "'arm' of 'lesion' is one of DCB, DES, which does not fit true or false",
    ),
    "copy of a truth value into an identifier": (
        ((*BAILOUT, "then", 0, "duty", "lesion"), {"copy": "des"}),
        "does not fit a word",
    ),
    "copy of what may be absent": (
        ((*FIRST, "then", 0, "importance", "subject"), {"copy": "lesion"}),
        "'lesion' may be absent from 'deviation'",
    ),
    "no producer": (
        ((*UNDONE, "when", "duty"), {"done": True, "act": {"not": "implant_des"}}),
        "could never fire",
    ),
    "bad word in the vocabulary": (((*LESION, "arm"), ["DCB", "two words"]), "'two words' should be a word"),
    "truth value in the vocabulary": (
        ((*LESION, "arm"), ["DCB", False]),
        "false should be a word: .*; write it in",
    ),
    "unknown type": (
        ((*LESION, "arm"), "decimal"),
        "'decimal' should be one of identifier, boolean or an entry with",
    ),
    "no words": (((*LESION, "arm"), []), "an empty list should be a list with"),
    "range backwards": (((*LESION, "timi?"), {"integer": [3, 0]}), "the lowest, 3, lies above the highest, 0"),
    "range too wide": (((*LESION, "timi?"), {"integer": [0, 40_000]}), "40000 should be at most 32767"),
    "reserved field": (((*LESION, "sid"), "identifier"), "'sid' is a name that durable-rules keeps"),
    "impossible name": (((*LESION, "$and"), "identifier"), r'"\$and" is no name for a key here'),
    "field twice": (((*LESION, "timi"), "boolean"), "field 'timi' is declared twice"),
    "given is no truth value": ((("facts", "lesion", "given"), "yes"), "'yes' should be true or false"),
    "too many fields": ((LESION, {f"f{n}": "boolean" for n in range(62)}), "62 fields, 61 at most"),
    "colliding fields": (
        ((LESION), {"SITE08-5798": "boolean", "SITE47-9360": "boolean"}),
        "durable-rules cannot tell 'SITE47-9360' from 'SITE08-5798'",
    ),
}


def edited(document: dict[str, Any], edit: Edit) -> dict[str, Any]:
    (*path, last), value = edit
    part: Any = document
    for step in path:
        part = part[step]
    part[last] = value
    return document


@pytest.mark.parametrize("case", REFUSED)
def test_refused(bailout: dict[str, Any], case: str) -> None:
    edit, fault = REFUSED[case]
    with pytest.raises(ConsequenceError, match=fault):
        compile_consequences(edited(bailout, edit))


def test_a_condition_that_no_rule_can_meet(bailout: dict[str, Any]) -> None:
    bailout["rules"][2]["then"][0]["duty"]["done"] = True
    with pytest.raises(ConsequenceError, match=r"rules\[1\].when.duty: no rule concludes a 'duty' that meets"):
        compile_consequences(bailout)


def test_a_copy_under_a_condition_cannot_meet_its_contrary(bailout: dict[str, Any]) -> None:
    bailout["rules"][2]["when"]["lesion"]["des"] = True
    with pytest.raises(ConsequenceError, match="no rule concludes a 'duty'"):
        compile_consequences(bailout)


def test_rules_that_feed_each_other(bailout: dict[str, Any]) -> None:
    again = {"subject": {"copy": "subject"}, "lesion": "L1", "act": "implant_des", "done": False}
    bailout["rules"].append({"id": "again", "when": {"importance": {}}, "then": [{"duty": again}]})
    with pytest.raises(ConsequenceError, match="feed each other without end: ") as caught:
        compile_consequences(bailout)
    assert all(name in str(caught.value) for name in ("again", "important", "duty-undone"))


def test_a_rule_that_feeds_itself(bailout: dict[str, Any]) -> None:
    same = {name: {"copy": name} for name in ("subject", "lesion", "act", "done")}
    bailout["rules"].append({"id": "same", "when": {"duty": {}}, "then": [{"duty": same}]})
    with pytest.raises(ConsequenceError, match="same -> same"):
        compile_consequences(bailout)


def test_every_fault_is_told_with_its_place(bailout: dict[str, Any]) -> None:
    bailout["rules"][0]["when"] = {"vessel": {}}
    bailout["rules"][2]["then"][0]["duty"]["act"] = "pray"
    with pytest.raises(ConsequenceError) as caught:
        compile_consequences(bailout, place=lambda path: "deviations.yaml:" + "/".join(map(str, path)))
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "deviations.yaml:rules/0/when/vessel",
        "deviations.yaml:rules/2/then/0/duty/act",
    ]
    bailout["rules"][1]["then"], bailout["rules"][2]["if"] = [], True
    with pytest.raises(ConsequenceError) as caught:  # faults of form come first
        compile_consequences(bailout)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == ["rules[1].then", "rules[2].if"]


def test_too_many_conditions() -> None:
    fields = {f"f{n}": "boolean" for n in range(17)}
    document = {
        "facts": {"lesion": {"given": True, "fields": fields}, "duty": {"fields": {}}},
        "rules": [{"id": "r", "when": {"lesion": dict.fromkeys(fields, True)}, "then": [{"duty": {}}]}],
    }
    with pytest.raises(ConsequenceError, match="should be 16 of them at most"):
        compile_consequences(document)
