"""Days and moments by patterns: a table of texts, and what is read."""

from __future__ import annotations

import pytest

from precise_cal.exchange.moments import MomentError, PatternError, read_moment, read_pattern


@pytest.mark.parametrize(
    ("text", "patterns", "iso"),
    [
        ("2026/3/9 9:05", ["yyyy/M/d H:mm"], "2026-03-09T09:05:00+08:00"),
        ("2026/03/09", ["yyyy/M/d"], "2026-03-09"),
        ("2026年3月9日", ["yyyy年M月d日"], "2026-03-09"),
        ("09JUN2023", ["ddMMMyyyy"], "2023-06-09"),
        ("9 JUNE 2023", ["d MMMM yyyy", "d MMM yyyy"], "2023-06-09"),
        ("9-Jun-2023", ["d-MMM-yyyy"], "2023-06-09"),
        ("12/13/2026", ["M/d/yyyy"], "2026-12-13"),
        ("1956-05", ["iso"], "1956-05"),
        ("1956", ["iso"], "1956"),
        ("2026-03-09T10:00:00Z", ["iso"], "2026-03-09T10:00:00Z"),
        ("2026-03-09 10:00", ["iso"], "2026-03-09T10:00:00+08:00"),
        ("2026-03-09 10:00:59-05:00", ["yyyy-MM-dd HH:mm:ssXXX"], "2026-03-09T10:00:59-05:00"),
        ("2026/3/9", ["yyyy/M/d H:mm", "yyyy/M/d"], "2026-03-09"),
        ("2026/3", ["yyyy/M/d", "yyyy/M"], "2026-03"),
        ("am 9.3.2026", ["'am' d.M.yyyy"], "2026-03-09"),
        ("2028/2/29", ["yyyy/M/d"], "2028-02-29"),
        ("3/9/2026 9:05 PM", ["M/d/yyyy h:mm a"], "2026-03-09T21:05:00+08:00"),
        ("3/9/2026 12:05 am", ["M/d/yyyy h:mm a"], "2026-03-09T00:05:00+08:00"),
        ("2026/3/9 下午12:05", ["yyyy/M/d ah:mm"], "2026-03-09T12:05:00+08:00"),
        ("20260309090500-0500", ["yyyyMMddHHmmssXX"], "2026-03-09T09:05:00-05:00"),
        ("20260309090500.1200+0800", ["yyyyMMddHHmmss.SSSXX"], "2026-03-09T09:05:00.12+08:00"),
        ("2026-03-09T09:05:00.000Z", ["iso"], "2026-03-09T09:05:00Z"),
        ("2026-03-09T09:05:00.123Z", ["iso"], "2026-03-09T09:05:00.123Z"),
        ("09-03-2026;09:05", ["dd-MM-yyyy;HH:mm"], "2026-03-09T09:05:00+08:00"),
        ("UN UNK 2008", ["dd MMM yyyy", "'UN' MMM yyyy", "'UN UNK' yyyy"], "2008"),
    ],
)
def test_what_is_read(text: str, patterns: list[str], iso: str) -> None:
    assert read_moment(text, tuple(map(read_pattern, patterns))).iso("+08:00") == iso


@pytest.mark.parametrize(
    ("text", "patterns", "problem"),
    [
        ("13/12/2026", ["M/d/yyyy"], "no day of the calendar"),
        ("3/9/2026 13:05 PM", ["M/d/yyyy h:mm a"], "no such time"),
        ("3/9/2026 0:05 AM", ["M/d/yyyy h:mm a"], "no such time"),
        ("3/9/2026 9:05", ["M/d/yyyy h:mm a"], "not of the form"),
        ("2026/2/29", ["yyyy/M/d"], "no day of the calendar"),
        ("2026/3/9", ["yyyy/MM/dd"], "not of the form yyyy/MM/dd"),
        ("２０２６/3/9", ["yyyy/M/d"], "not of the form"),
        ("2026/3/9 24:00", ["yyyy/M/d H:mm"], "no such time"),
        ("4/3/2026", ["d/M/yyyy", "M/d/yyyy"], "by one pattern of the map and"),
        ("2026-03-09+08:00", ["iso"], "not of the form iso"),
        ("9-Juj-2023", ["d-MMM-yyyy"], "not of the form"),
        ("46090", ["yyyy/M/d"], "not of the form"),
        ("2026-03-09T09:05:00.1234Z", ["iso"], "finer than a millisecond"),
        ("20260309090500+0800", ["yyyyMMddHHmmssXXX"], "not of the form"),
    ],
)
def test_what_is_refused(text: str, patterns: list[str], problem: str) -> None:
    with pytest.raises(MomentError, match=problem):
        read_moment(text, tuple(map(read_pattern, patterns)))


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("YYYY/M/d", '"YYYY" is no part of a date'),
        ("M/d", "no year"),
        ("yyyy/d", "a day but no month"),
        ("yyyy/M/d H", "an hour but no minute"),
        ("yyyy/M/d M", "twice"),
        ("yyyy/M/d h:mm", "needs AM or PM"),
        ("yyyy/M/d K:mm", '"K" is no part'),
    ],
)
def test_what_is_no_pattern(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError, match=problem):
        read_pattern(pattern)


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("2026-03-09T17:10:00Z", "2026-03-10T01:10:00+08:00"),
        ("2026-03-09T17:10:00.12-05:00", "2026-03-10T06:10:00.12+08:00"),
        ("2026-03-09T17:10", "2026-03-10T00:10:00+08:00"),
    ],
)
def test_the_same_instant_at_another_offset(text: str, moved: str) -> None:
    assert read_moment(text, (read_pattern("iso"),)).at_offset("+01:00", "+08:00").iso(None) == moved
