"""Parameters that are not at their default: every value of an enumerated one is shown by a case."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.cases import run_case
from tests.bundled_cases import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook


def _values(book: Rulebook) -> Iterator[tuple[str, Any]]:
    """Every value of every enumerated parameter that does not hold by default; of a list, that there is another one."""
    for identifier, one in book.parameters_of(book.timeline.keys[0]).items():
        kind, now = one.parameter.type, one.value
        if kind == "boolean":
            yield identifier, not now
        if kind == "word":
            yield from ((identifier, word) for word in one.parameter.words if word != now)
        if kind == "words":
            yield identifier, list


def test_every_value_of_an_enumerated_parameter_has_a_case(book: Rulebook) -> None:
    shown = {
        (name, value if not isinstance(value, list) else list)
        for case in CASES
        for name, value in case.case.parameters.items()
    }
    wanted = set(_values(book))
    assert len(wanted) >= 20
    assert wanted - shown == set()


def test_cases_show_that_their_parameters_matter(book: Rulebook) -> None:
    """With defaults some participant has another verdict, gate, notice, query or deviation: for each set of values."""
    idle: dict[str, list[str]] = {}
    for case in CASES:
        if case.case.parameters:
            default = case.case.model_copy(update={"parameters": {}})
            is_idle = run_case(replace(case, case=default), book).problems == ()
            idle.setdefault(f"{case.case.parameters}", []).append(f"{case.rule}: {case.case.case}" if is_idle else "")
    assert {values: names for values, names in idle.items() if all(names)} == {}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"consent_order.after": "qfr"}, "consent_order.after is no parameter"),
        (
            {"consent_order.before": "breakfast"},
            "a parameter cannot hold this: 'breakfast' should be one of procedure, qfr",
        ),
    ],
)
def test_a_wrong_parameter_of_a_case_is_told(values: dict[str, Any], problem: str, book: Rulebook) -> None:
    first = CASES[0]
    case = replace(first, case=first.case.model_copy(update={"parameters": values}))
    assert run_case(case, book).problems == (problem,)
