"""Partial dates: text in, text out, bounds, and refusals that say why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.protocol.components import DAY_MS, Precision
from precise_cal.protocol.temporal import Date, DateTime, Time

TEXTS = [
    (Date, "2008", Precision.YEAR),
    (Date, "1956-05", Precision.MONTH),
    (Date, "2024-02-29", Precision.DAY),
    (Time, "07", Precision.HOUR),
    (Time, "23:59", Precision.MINUTE),
    (Time, "23:59:59", Precision.SECOND),
    (Time, "00:00:00.007", Precision.MILLISECOND),
    (DateTime, "2008", Precision.YEAR),
    (DateTime, "2026-03-10", Precision.DAY),
    (DateTime, "2026-03-10T09", Precision.HOUR),
    (DateTime, "2026-03-09T10:05:00+08:00", Precision.SECOND),
    (DateTime, "2026-03-09T10:05:00.250-03:30", Precision.MILLISECOND),
    (DateTime, "2026-03-09T10:05Z", Precision.MINUTE),
]


@pytest.mark.parametrize(("kind", "text", "precision"), TEXTS)
def test_text_survives(kind: type[Date | Time | DateTime], text: str, precision: Precision) -> None:
    value = kind.parse(text)
    assert str(value) == text
    assert value.precision is precision
    assert kind.parse(str(value)) == value
    assert hash(kind.parse(text)) == hash(value)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (Date, "2026-13", "month must be from 1 to 12, not 13"),
        (Date, "2026-02-30", "2026-02 has 28 days, not 30"),
        (Date, "2023-02-29", "2023-02 has 28 days, not 29"),
        (Date, "0000", "year must be from 1 to 9999, not 0"),
        (Date, "26-02-03", "YYYY-MM-DD"),
        (Date, "2026-1-1", "YYYY-MM-DD"),
        (Date, "2026-01-01 ", "YYYY-MM-DD"),
        (Date, "٢٠٢٦", "YYYY-MM-DD"),
        (Time, "24:00", "hour must be from 0 to 23, not 24"),
        (Time, "10:00:60", "second must be from 0 to 59, not 60"),
        (Time, "10:00:00.1234", "finer than a millisecond"),
        (DateTime, "2026-03-10T", "ISO 8601"),
        (DateTime, "2026-03T10:00", "hour is given without day"),
        (DateTime, "2026-03-10T10:00+15:00", "offset must be from -14:00 to +14:00"),
        (DateTime, "2026-03-10T10:00+08:75", "offset"),
        (DateTime, "2026-03-10+08:00", "ISO 8601"),
    ],
)
def test_refusals_say_why(kind: type[Date | Time | DateTime], text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("+", r"\+")):
        kind.parse(text)


def test_a_missing_offset_is_visible_and_not_an_error() -> None:
    assert DateTime.parse("2026-03-10T09:00").offset_minutes is None
    assert DateTime.parse("2026-03-10T09:00Z").offset_minutes == 0
    assert DateTime.parse("2026-03-10T09:00-03:30").offset_minutes == -210


def test_trailing_zeros_of_a_second_are_exact() -> None:
    assert DateTime.parse("2026-03-10T09:00:00.1200000Z").millisecond == 120
    assert Time.parse("09:00:00.5").millisecond == 500


def test_a_date_may_carry_the_offset_of_its_calendar() -> None:
    assert str(DateTime(2026, 3, 10, offset_minutes=480)) == "2026-03-10"


@pytest.mark.parametrize(("text", "first", "last"), [("2024", 1, 366), ("2024-02", 32, 60), ("2024-12-31", 366, 366)])
def test_bounds_of_a_date(text: str, first: int, last: int) -> None:
    value, before = Date.parse(text), Date.parse("2023-12-31").low
    assert (value.low - before, value.high - before) == (first, last)


def test_bounds_of_an_instant() -> None:
    day = DateTime.parse("2026-03-10")
    assert day.high - day.low == DAY_MS - 1
    minute = DateTime.parse("2026-03-10T00:01")
    assert (minute.low - day.low, minute.high - minute.low) == (60_000, 59_999)


@given(st.integers(0, DAY_MS * 3_652_059 - 1), st.none() | st.integers(-840, 840))
def test_milliseconds_count_instants(total: int, offset: int | None) -> None:
    value = DateTime.from_milliseconds(total + DAY_MS, offset)
    assert value.low == value.high == total + DAY_MS
    assert DateTime.parse(str(value)) == value
    assert value.date.low == value.low // DAY_MS


@given(st.integers(0, DAY_MS * 3_652_059 - 1), st.none() | st.integers(-840, 840))
def test_a_moment_on_the_same_clock_is_known_to_the_second(total: int, offset: int | None) -> None:
    value = DateTime(2026, 3, 10, 9, 5, 7, offset_minutes=offset).to_second(total + DAY_MS)
    second = total // 1000 * 1000 + DAY_MS
    assert value == DateTime(*DateTime.from_milliseconds(second, offset).components[:6], offset_minutes=offset)
    assert (value.precision, value.low, value.high) == (Precision.SECOND, second, second + 999)
    assert DateTime.parse(str(value)).span == value.span


@given(st.integers(1, 3_652_059))
def test_ordinals_count_days(ordinal: int) -> None:
    value = Date.from_ordinal(ordinal)
    assert value.low == value.high == ordinal
    assert Date.parse(str(value)) == value


@pytest.mark.parametrize("ordinal", [0, 3_652_060])
def test_the_calendar_ends(ordinal: int) -> None:
    with pytest.raises(ValueError, match="0001 to 9999"):
        Date.from_ordinal(ordinal)
