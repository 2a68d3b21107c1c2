"""HL7's conformance tests: the counts reached, and that those that fail are the ones docs/cql.md explains."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from precise_cal.engine.cql.conformance import ConformanceError, run_file

ROOT = Path(__file__).parents[3]
DATA = Path(os.environ.get("PRECISE_SHARED", ROOT.parent / "shared")) / "data" / "cql-tests"


@pytest.fixture(scope="module")
def results() -> list:
    if not DATA.is_dir():
        pytest.skip(f"the conformance tests are not at {DATA}")
    return [result for file in sorted(DATA.glob("*.xml")) for result in run_file(file)]


def test_counts(results: list) -> None:
    assert Counter(result.outcome for result in results) == {"passed": 1223, "failed": 14, "unsupported": 5}


def test_every_failure_is_explained(results: list) -> None:
    explained = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "cql.md").read_text(encoding="utf-8"), re.MULTILINE)
    failed = {result.name for result in results if result.outcome == "failed"}
    assert failed == set(explained)


def test_our_own_cases_of_the_language() -> None:
    """What holds where HL7's tests are not to be had."""
    results = list(run_file(Path(__file__).parent / "suite" / "language.xml"))
    assert len(results) >= 90
    assert [f"{one.group}/{one.name}: {one.outcome} {one.detail}" for one in results if one.outcome != "passed"] == []


def run(tmp_path: Path, tests: str) -> list[str]:
    file = tmp_path / "tests.xml"
    file.write_text(f'<tests name="t"><group name="g">{tests}</group></tests>', encoding="utf-8")
    return [result.outcome for result in run_file(file)]


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        ("<expression>1 + 1</expression><output>2</output>", "passed"),
        ("<expression>1 + 1</expression><output>3</output>", "failed"),
        ("<expression>1 + 1</expression><output>2.0</output>", "failed"),
        ("<expression>years between @2005 and @2010</expression><output>Interval[4, 5]</output>", "passed"),
        ("<expression>Interval[4, 5]</expression><output>Interval[4, 6]</output>", "failed"),
        ('<expression invalid="true">1 +</expression>', "passed"),
        ('<expression invalid="true">1 + 1</expression>', "failed"),
        ("<expression>[Encounter]</expression><output>null</output>", "unsupported"),
        ("<expression>1 + true</expression><output>null</output>", "failed"),
    ],
)
def test_outcomes(tmp_path: Path, test: str, outcome: str) -> None:
    assert run(tmp_path, f'<test name="x">{test}</test>') == [outcome]


@pytest.mark.parametrize("content", [b"<tests>", b'<!DOCTYPE x [<!ENTITY a "b">]><tests/>'])
def test_files_that_are_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.xml"
    file.write_bytes(content)
    with pytest.raises(ConformanceError, match=r"bad\.xml"):
        list(run_file(file))
