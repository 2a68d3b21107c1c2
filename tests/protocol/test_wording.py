"""Patterns of sentences: read once, rendered in each language."""

from __future__ import annotations

import pytest

from precise_cal.protocol.wording import Listed, WordingError, listed, names_in, read_pattern, render, span

LATE = """
Called on day { $day } ({ $date }): { $late ->
    [0] on the last day
    [one] one day late
   *[other] { $late } days late
}
"""


@pytest.mark.parametrize(
    ("late", "words"), [(0, "on the last day"), (1, "one day late"), (2, "2 days late"), (1001, "1001 days late")]
)
def test_plurals_and_numbers(late: int, words: str) -> None:
    values = {"day": 38, "date": "2026-04-17", "late": late}
    assert render(read_pattern(LATE, "en"), values, "en") == f"Called on day 38 (2026-04-17): {words}"


def test_a_word_chooses_its_variant_or_the_default() -> None:
    pattern = read_pattern("{ $given ->\n    [yes] with a reason\n   *[other] without\n}", "en")
    assert render(pattern, {"given": "yes"}, "en") == "with a reason"
    assert render(pattern, {"given": "maybe"}, "en") == "without"


def test_lists_of_each_language() -> None:
    pattern = read_pattern("{ $tools } used; { ANY($tools) } required", "en")
    tools = {"tools": Listed(("RA", "IVL", "ELCA"))}
    assert render(pattern, tools, "en") == "RA, IVL, and ELCA used; RA, IVL, or ELCA required"
    assert render(read_pattern("使用 { $tools }", "zh"), tools, "zh") == "使用 RA、IVL和ELCA"
    assert listed(["RA"], "en") == "RA"
    assert listed([], "en") == ""


def test_the_time_of_an_instant() -> None:
    pattern = read_pattern("began { TIME($at) }", "en")
    assert render(pattern, {"at": "2026-03-10 09:00"}, "en") == "began 09:00"
    assert render(pattern, {"at": "2026-03-10"}, "en") == "began 2026-03-10"


def test_spans() -> None:
    assert [span(number, "month", "en") for number in (1, 6)] == ["1 month", "6 months"]
    assert span(30, "day", "zh") == "30天"


def test_the_names_that_a_pattern_uses() -> None:
    assert set(names_in(read_pattern(LATE, "en"))) == {"day", "date", "late"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Called on { $day", "is no pattern of Fluent"),
        ("{ $n -> [one] a *[other] b }", "is no pattern of Fluent"),
        ("{ NUMBER($n) }", "uses what is not supported here"),
        ("{ message }", "uses what is not supported here"),
    ],
)
def test_what_is_no_pattern_is_refused(text: str, reason: str) -> None:
    with pytest.raises(WordingError, match=reason):
        read_pattern(text, "en")


def test_braces_can_be_written() -> None:
    assert render(read_pattern('{"{"}mm{"}"}', "en"), {}, "en") == "{mm}"
