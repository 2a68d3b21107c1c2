"""Numbers as they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from precise_cal.exchange.numbers import NumberError, read_censored, read_decimal, read_integer, read_upper_limit

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("0.80", ".", "0.80"),
        ("+5", ".", "5"),
        ("-0,5", ",", "-0.5"),
        ("12", ",", "12"),
        ("007", ".", "007"),
        (".34", ".", "0.34"),
        ("-,5", ",", "-0.5"),
    ],
)
def test_digits_are_kept(text: str, mark: str, number: str) -> None:
    assert read_decimal(text, mark) == number


@pytest.mark.parametrize("text", ["1,5", "1.234,5", "1e3", ".", "5.", "５", "5 mm", "", "--5", "NaN", "1 000"])
def test_what_is_no_number_by_the_map(text: str) -> None:
    with pytest.raises(NumberError):
        read_decimal(text, ".")


@pytest.mark.parametrize(
    ("text", "found"), [("<5", ("5", "<")), ("> 12.30", ("12.30", ">")), ("5", ("5", None)), ("< 0.01", ("0.01", "<"))]
)
def test_results_with_a_sign(text: str, found: tuple[str, str | None]) -> None:
    assert read_censored(text, ".") == found


@pytest.mark.parametrize(
    ("text", "high"),
    [("0-0.04", "0.04"), ("13 ~ 35", "35"), ("<0.04", "0.04"), ("≤ 5", "5"), ("0.00–0.04", "0.04"), ("<=4.9", "4.9")],
)
def test_the_upper_end_of_a_range(text: str, high: str) -> None:
    assert read_upper_limit(text, ".") == high


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda text: read_censored(text, "."), "<=5"),
        (lambda text: read_censored(text, "."), "positive"),
        (lambda text: read_upper_limit(text, "."), "0.04"),
        (lambda text: read_upper_limit(text, "."), "> 5"),
        (lambda text: read_upper_limit(text, "."), "negative"),
        (read_integer, "2.0"),
        (read_integer, "²"),
    ],
)
def test_what_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(NumberError):
        read(text)
