"""Requirements beside their evidence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.validation.requirements import exists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.validation.evidence import Evidence, Outcome, Result
    from tests.validation.requirements import Requirement

Standing = Literal["shown", "failed", "partly", "not run", "no test"]
State = Literal["passed", "failed", "skipped", "not run", "does not exist"]


@dataclass(frozen=True)
class Test:
    """A test function with what its cases gave."""

    __test__ = False

    name: str
    state: State
    cases: int
    seconds: float
    why: str
    figures: dict[str, str]


@dataclass(frozen=True)
class Row:
    """A requirement and how far it is shown."""

    requirement: Requirement
    tests: Sequence[Test]
    standing: Standing


def rows_of(requirements: Sequence[Requirement], evidence: Evidence) -> list[Row]:
    """Every requirement with its tests."""
    rows = []
    for one in requirements:
        tests = [_test(name, evidence) for name in one.tests]
        rows.append(Row(one, tests, _standing([test.state for test in tests])))
    return rows


def summary_of(rows: Sequence[Row]) -> dict[str, int]:
    """How many requirements stand how."""
    counted = Counter(one.standing for one in rows)
    names: tuple[Standing, ...] = ("shown", "partly", "failed", "not run", "no test")
    return {name: counted[name] for name in names}


def _test(name: str, evidence: Evidence) -> Test:
    found = evidence.of(name)
    if not found:
        return Test(name, "not run" if exists(name) else "does not exist", 0, 0.0, "", {})
    figures = {key: value for one in found.values() for key, value in one.figures.items()}
    why = next((one.why for one in found.values() if one.why), "")
    seconds = sum(one.seconds for one in found.values())
    return Test(name, _worst(found), len(found), seconds, why, figures)


def _worst(found: dict[str, Result]) -> State:
    outcomes = {one.outcome for one in found.values()}
    order: tuple[Outcome, ...] = ("failed", "skipped", "passed")
    return next(one for one in order if one in outcomes)


def _standing(states: Sequence[State]) -> Standing:
    """Shown is only what every named test showed."""
    if not states or set(states) == {"does not exist"}:
        return "no test"
    if "failed" in states:
        return "failed"
    if set(states) == {"passed"}:
        return "shown"
    return "partly" if "passed" in states else "not run"
