"""Rows and checkpoints that no version of this program wrote: whatever stands in them is a fault that is told."""

from __future__ import annotations

from typing import Any

import pytest

from precise_cal.gate import GateError
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.gate.checkpoint import checkpoint_path
from precise_cal.gate.decision import read_decision
from precise_cal.gate.ledger import Row

from .test_verify import codes, inserted

BODIES = {
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "nested without end": b"[" * 100_000 + b"]" * 100_000,
    "a list": b"[]",
    "a number": b"1",
    "empty": b"{}",
    "format": b'{"format":[]}',
    "only a format": b'{"format":"precise-cal-gate-decision-2"}',
    "a succession": b'{"format":"precise-cal-gate-succession-1","succession":{"old_key":"x","new_key":[]}}',
}


def header(told: list[Any], **other: Any) -> bytes:
    """A body that follows the ledger in everything but one member."""
    members: Any = thaw(told[3].body)
    return canonical(members | {"sequence": 5, "previous_sha256": told[3].sha256} | other)


@pytest.mark.parametrize(
    "make",
    [
        *(pytest.param(lambda _, body=body: body, id=name) for name, body in BODIES.items()),
        *(
            pytest.param(lambda told, name=name, value=value: header(told, **{name: value}), id=f"{name}={value!r}")
            for name in ("subject_id", "key_fingerprint", "decided_at", "previous_sha256", "ledger_id", "sequence")
            for value in (None, [], 7, "²")
        ),
    ],
)
@pytest.mark.parametrize("is_last", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_row_of_any_form(site: Any, told: list[Any], make: Any, is_last: bool) -> None:
    """Whatever stands in a row that the key did not sign, it is told as a fault, and believed by nobody."""
    body = make(told)
    inserted(site, Row(5, body, sha256(body), b"\0" * 64))
    if not is_last:
        inserted(site, Row(6, b"[1]", sha256(b"[1]"), b""))
    assert codes(site) & {"CHANGED", "KEY"}
    for subject in ("P1", "P9", "²"):
        with pytest.raises(GateError):
            site.ask(subject)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [({"enrolled": "yes"}, "enrolled: Input should be a valid boolean"), ({"died": True}, "died: Unexpected keyword")],
)
def test_facts_of_any_form(told: list[Any], changed: dict[str, Any], fault: str) -> None:
    members: Any = thaw(told[3].body)
    content = members["input"] | {"facts": members["input"]["facts"] | changed}
    with pytest.raises(GateError, match=f"not a decision of this program: {fault}"):
        read_decision(canonical(members | {"input": content}))


@pytest.mark.parametrize("name", ["ledger_id", "sequence", "sha256"])
@pytest.mark.parametrize("value", [None, [], "4", 5, True])
def test_a_checkpoint_of_any_form(site: Any, told: list[Any], name: str, value: Any) -> None:
    path = checkpoint_path(site.ledger)
    members: Any = thaw(path.read_bytes())
    members["body"][name] = value
    path.write_bytes(canonical(members))
    assert codes(site) & {"DAMAGED", "SHORTENED"}
    with pytest.raises(GateError):
        site.ask("P9")
