"""The conformance cases of the contract: a base record, patched, and what must be seen in its report."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.from_json import RecordError
from precise_cal.protocol.scalars import read_instant
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject

read_record = records_of(bundled()).read

pytestmark = pytest.mark.realdata
REJECTED = 2
BASES = {"base": "base-patient.json", "screening": "screening-patient.json"}


def _merged(target: Any, patch: Any) -> Any:
    """JSON Merge Patch (RFC 7396, section 2)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _patched(document: Any, operation: dict[str, Any]) -> None:
    """JSON Patch (RFC 6902, section 4): add, remove, replace."""
    *path, last = (name.replace("~1", "/").replace("~0", "~") for name in operation["path"].split("/")[1:])
    for name in path:
        document = document[int(name)] if isinstance(document, list) else document[name]
    if operation["op"] == "remove":
        del document[int(last) if isinstance(document, list) else last]
    elif isinstance(document, dict):
        document[last] = operation["value"]
    elif operation["op"] == "add":
        document.insert(len(document) if last == "-" else int(last), operation["value"])
    else:
        document[int(last)] = operation["value"]


def _record(case: dict[str, Any], bases: dict[str, Any]) -> bytes:
    document = _merged(copy.deepcopy(bases[case["base"]]), case.get("merge", {}))
    for operation in case.get("patch", []):
        _patched(document, operation)
    return json.dumps(document).encode()


def _is_among(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, list) else value == wanted


def _differences(expect: dict[str, Any], subject: Subject) -> Iterator[str]:
    if "gate" in expect and not _is_among(subject.gate.decision, expect["gate"]):
        yield f"gate {subject.gate}"
    verdicts = {verdict.id: verdict.verdict for verdict in subject.verdicts}
    for rule, wanted in expect.get("verdicts", {}).items():
        if not _is_among(verdicts.get(rule), wanted):
            yield f"{rule} is {verdicts.get(rule)}, not {wanted}"
    seen = {
        "deviations": {deviation.code for deviation in subject.deviations},
        "notices": {notice.code for notice in subject.notices}
        | {code for verdict in subject.verdicts for code in verdict.notices},
        "queries": {query.rule for query in subject.queries},
    }
    for name, codes in seen.items():
        wanted = expect.get(name, {})
        yield from (f"{name} without {code}" for code in wanted.get("include", []) if code not in codes)
        yield from (f"{name} with {code}" for code in wanted.get("exclude", []) if code in codes)


def _problems(case: dict[str, Any], data: bytes, book: Rulebook) -> list[str]:
    now = read_instant(case["now"]) if "now" in case else None
    try:
        subject = Checker(book, now).subject(read_record(data), data)
    except RecordError as error:
        return [] if case["expect"].get("exit_check") == REJECTED else [f"rejected: {error}"]
    if case["expect"].get("exit_check") == REJECTED:
        return ["accepted"]
    return list(_differences(case["expect"], subject))


@pytest.mark.parametrize("name", ["cases.yaml", "cases-2.yaml"])
def test_conformance_cases(name: str, shared: Path, book: Rulebook) -> None:
    file = shared / "conformance" / name
    if not file.exists():
        pytest.skip(f"{file} is absent")
    bases = {name: json.loads((shared / "contract" / base).read_text("utf-8")) for name, base in BASES.items()}
    cases = yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    problems = {case["id"]: found for case in cases if (found := _problems(case, _record(case, bases), book))}
    assert cases
    assert problems == {}
