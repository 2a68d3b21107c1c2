"""Patterns of sentences: read once, rendered in each language."""

from __future__ import annotations

import pytest

from precise_cal.language.wording import (
    Coded,
    Listed,
    WordingError,
    listed,
    names_in,
    quoted_in,
    read_pattern,
    render,
    span,
)

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
    assert render(read_pattern("使用 { $tools }", "zh"), tools, "zh") == "使用 RA、IVL 和 ELCA"
    assert listed(["RA"], "en") == "RA"
    assert listed([], "en") == ""


def test_a_variant_goes_by_the_word_of_the_record_not_by_what_a_language_calls_it() -> None:
    pattern = read_pattern("{ $mode ->\n [telephone] 电话随访\n *[other] { $mode }随访\n}", "zh")
    assert render(pattern, {"mode": Coded("电话", "telephone")}, "zh") == "电话随访"
    assert render(pattern, {"mode": Listed((Coded("电话", "telephone"),))}, "zh") == "电话随访"
    assert render(pattern, {"mode": Coded("门诊", "clinic")}, "zh") == "门诊随访"


def test_no_blank_stands_between_chinese_words() -> None:
    pattern = read_pattern("要求为 { $grade }，使用 { $device } 后", "zh")
    assert render(pattern, {"grade": "重度", "device": "DCB"}, "zh") == "要求为重度，使用 DCB 后"
    assert render(pattern, {"grade": "重 度", "device": "其他"}, "zh") == "要求为重 度，使用其他后"


def test_quoted_values_are_those_in_quotation_marks() -> None:
    pattern = read_pattern("{ $n ->\n [one] “{ $reason }”\n *[other] { $used }: “{ $reason } x”\n}", "en")
    assert list(quoted_in(pattern)) == ["reason"]


def test_the_time_of_an_instant() -> None:
    pattern = read_pattern("began { TIME($at) }", "en")
    assert render(pattern, {"at": "2026-03-10 09:00"}, "en") == "began 09:00"
    assert render(pattern, {"at": "2026-03-10"}, "en") == "began 2026-03-10"


def test_spans() -> None:
    assert [span(number, "month", "en") for number in (1, 6)] == ["1 month", "6 months"]
    assert span(30, "day", "zh") == "30 天"


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
