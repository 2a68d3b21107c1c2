"""Canonical JSON: RFC 8785 for everything it covers here, and exact decimals where it would round."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from precise_cal.gate.canonical import canonical, freeze, thaw
from precise_cal.gate.errors import GateError
from precise_cal.language.catalog import message

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow
@given(TREES)
def test_agrees_with_another_implementation(tree: Any) -> None:
    rfc8785 = pytest.importorskip("rfc8785", reason="the package rfc8785 is not installed")
    assert canonical(tree) == rfc8785.dumps(tree)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is slow
@given(TREES)
def test_what_was_written_is_read_back(tree: Any) -> None:
    assert thaw(canonical(tree)) == tree
    assert canonical(thaw(canonical(tree))) == canonical(tree)


def test_members_are_ordered_by_utf_16_units() -> None:
    """The example of RFC 8785, 3.2.3, where code points would sort the last two the other way round."""
    names = ["€", "\r", "\ufb33", "1", "😀", "\x80", "ö"]
    ordered = ["\r", "1", "\x80", "ö", "€", "😀", "\ufb33"]
    assert list(freeze(dict.fromkeys(names))) == ordered  # type: ignore[arg-type]


def test_names_beyond_the_basic_plane_are_read() -> None:
    for text in ('{"😀":2,"\ufb33":1}', '{"a":"😀","ö":"\ufb33"}', '{"中":["文",9007199254740991,-1]}'):
        assert thaw(text.encode()) == json.loads(text)


def test_escapes() -> None:
    """RFC 8785, 3.2.2.2."""
    assert canonical("€$\x0f\nA'B\"\\/\x7f") == '"€$\\u000f\\nA\'B\\"\\\\/\x7f"'.encode()


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("3.00", "3.00"),
        ("0.88", "0.88"),
        ("8.8E-1", "0.88"),
        ("1E+2", "100"),
        ("-0.0", "-0.0"),
        ("1E-10", "0.0000000001"),
    ],
)
def test_decimals_survive(text: str, exact: str) -> None:
    assert freeze({"value": Decimal(text)}) == {"value": exact}


class _Loud(str):
    __slots__ = ()

    def __str__(self) -> str:
        return self.upper()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": (1, "ü"), "a": message("{ $count } rows", count=2)}, '{"a":"2 rows","b":[1,"ü"]}'),
        ({"b": Decimal("3.00"), "a": {}}, '{"a":{},"b":"3.00"}'),
        ({"ö": 1, "b": 2}, '{"b":2,"ö":1}'),
        ([_Loud("a"), True], '["A",true]'),
    ],
)
def test_plain_or_not_it_is_what_is_frozen(value: Any, written: str) -> None:
    assert canonical(value) == written.encode()


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"a": [0.5]}, "/a/0: float 0.5 has no exact JSON form"),
        ({"a": 2**53}, "/a: 9007199254740992 is beyond"),
        ({"a": Decimal("NaN")}, "/a: NaN is no finite decimal"),
        ({"a": Decimal("1E+401")}, "no finite decimal of reasonable length"),
        ({"a": "\ud800"}, "/a: .* half of a surrogate pair"),
        ({"\ud800": 1}, "half of a surrogate pair"),
        ({1: 2}, "the whole value: the member name 1 is no text"),
        (b"bytes", "the whole value: bytes"),
        ({"a": {1, 2}}, "/a: set"),
    ],
)
def test_no_exact_form(value: Any, fault: str) -> None:
    with pytest.raises(GateError, match=fault):
        canonical(value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b"1.0",
        b"1e3",
        b'{"a":1,"a":1}',
        b"\xff",
        b'"\\u0041"',
        b"NaN",
        b"9007199254740992",
        b'["\\ud800"]',
        '{"\ufb33":1,"😀":2}'.encode(),
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b"-0",
    ],
)
def test_only_canonical_bytes_are_read(data: bytes) -> None:
    with pytest.raises(GateError):
        thaw(data)
