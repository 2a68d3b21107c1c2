"""Exact UCUM units: conversion, order, algebra, and texts that are refused."""

from __future__ import annotations

import csv
import os
import xml.etree.ElementTree as ET
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.units import (
    UnitError,
    compare,
    conversion_factor,
    convert,
    display_name,
    divide,
    is_unit,
    multiply,
    parse_unit,
    power,
)
from precise_cal.protocol.units.parsing import find_symbol
from precise_cal.protocol.units.syntax import MAX_EXPONENT, MAX_LENGTH
from precise_cal.protocol.units.table import atoms, prefixes

SHARED = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[3] / "shared")) / "data" / "ucum"
FUNCTIONAL_TESTS = SHARED / "UcumFunctionalTests.xml"
EXAMPLES = SHARED / "ucum_examples.tsv"

FAMILIES = (
    ("m", "mm", "cm", "um", "[in_i]", "[ft_us]", "[ly]", "Ao"),
    ("g", "mg", "kg", "[lb_av]", "[oz_tr]", "u", "t"),
    ("ng/mL", "ng/L", "ug/L", "pg/mL", "g/dL", "kg/m3", "[lb_av]/[gal_us]"),
    ("s", "min", "h", "d", "wk", "mo", "a", "ms"),
    ("mm[Hg]", "Pa", "kPa", "cm[H2O]", "[psi]", "atm", "bar"),
    ("1", "%", "10*3", "{cells}", "[ppm]", "mol", "[HPF]"),
    ("U/L", "ukat/L", "kat/m3", "mU/mL"),
    ("[iU]/L", "m[IU]/mL", "k[iU]/dL"),
    ("deg", "'", "''", "gon", "circ"),
    ("K", "Cel", "[degF]", "[degRe]", "mK", "[degR]"),
)

units_of_one_kind = st.sampled_from(FAMILIES).flatmap(lambda family: st.tuples(*[st.sampled_from(family)] * 3))
values = st.decimals(min_value=-(10**12), max_value=10**12, places=6, allow_nan=False)


# ------------------------------------------------------------------------------------------ conversion


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("1", "ng/mL", "ng/L", "1000"),
        ("1", "ng/mL", "ug/L", "1"),
        ("1", "ng/mL", "pg/mL", "1000"),
        ("0.04", "ng/mL", "ng/L", "40"),
        ("2.25", "mm", "cm", "0.225"),
        ("1", "[in_i]", "mm", "25.4"),
        ("3", "[ft_i]", "[yd_i]", "1"),
        ("1", "[lb_av]", "g", "453.59237"),
        ("1", "ukat/L", "U/L", "60"),
        ("120", "mm[Hg]", "kPa", "15.99864"),
        ("1", "a", "d", "365.25"),
        ("1", "KiBy", "bit", "8192"),
        ("50", "%", "1", "0.5"),
        ("5", "10*3/uL", "10*9/L", "5"),
        ("7", "{cells}/uL", "/mL", "7000"),
        ("180", "deg", "'", "10800"),
        ("1", "circ", "deg", "360"),
        ("1", "sph", "deg2", "41252.96124941927103129467147"),
        ("180", "deg", "rad", "3.141592653589793238462643383"),
        ("1", "s", "min", "0.01666666666666666666666666667"),
        ("1E+3", "m", "km", "1"),
        ("4", "s/m.mg", "s.g/m", "0.004"),
        ("37", "Cel", "[degF]", "98.6"),
        ("-40", "[degF]", "Cel", "-40"),
        ("0", "K", "Cel", "-273.15"),
        ("80", "[degRe]", "Cel", "100"),
        ("37000", "mCel", "K", "310.15"),
        ("3.7", "10.Cel", "K", "310.15"),
        ("370", "Cel/10", "[degF]", "98.6"),
        ("7", "[pH]", "mol/L", "1E-7"),
        ("0.001", "mol/L", "[pH]", "3"),
        ("30", "dB", "1", "1000"),
        ("30", "dB", "B", "3"),
        ("1", "Np", "1", "2.718281828459045235360287471"),
        ("100", "Pa", "B[SPL]", "13.39794000867203760957252221"),
        ("1", "W", "B[kW]", "-3"),
        ("1024", "1", "bit_s", "10"),
        ("45", "deg", "%[slope]", "100"),
        ("100", "[p'diop]", "deg", "45"),
        ("-200", "%[slope]", "deg", "-63.43494882292201064842780628"),
        ("3", "[m/s2/Hz^(1/2)]", "m2.s-4/Hz", "9"),
        ("4", "m2.s-4/Hz", "[m/s2/Hz^(1/2)]", "2"),
        ("7", "s.m-1", "s/m", "7"),
        ("7", "s.mm-2", "s.m-2", "7000000"),
        ("7", "ms/mm/g", "s.m-1.g-1", "7"),
        ("3", "4.s/m", "s/m", "12"),
        ("3", "s/4/m", "s/m", "0.75"),
        ("2", "g.m.s-2.A-2", "g.m.C-2", "2"),
        ("1", "10*-7.s", "s", "1E-7"),
        ("1", "4.[pi].10*-7.N", "N", "0.000001256637061435917295385057353"),
        ("1", "S", "g-1.m-2.C2.s", "0.001"),
        ("2", "m.g", "g.m", "2"),
    ],
)
def test_converts(value: str, source: str, target: str, expected: str) -> None:
    result = convert(Decimal(value), source, target)
    assert result == Decimal(expected)
    assert "E" not in str(result) or abs(result) < Decimal("1E-6"), "written as a plain number"


def test_keeps_the_digits_of_a_value_whose_unit_does_not_change() -> None:
    assert str(convert(Decimal("3.00"), "mm", "mm")) == "3.00"


def test_tells_the_two_sides_of_a_limit_apart_at_any_number_of_digits() -> None:
    just_above = Decimal("2.2500000000000000000000000000000000000001")
    assert compare(just_above, "mm", Decimal("0.225"), "cm") == 1
    assert compare(Decimal("0.225"), "cm", Decimal("2.25"), "mm") == 0
    assert convert(just_above, "mm", "cm") == Decimal("0.22500000000000000000000000000000000000001")


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("ng/mL", "pg/mL", Fraction(1000)),
        ("h", "d", Fraction(1, 24)),
        ("dB", "B", Fraction(1, 10)),
        ("Cel", "Cel", Fraction(1)),
        ("[lb_av]/h", "kg/s", Fraction(45359237, 10**8 * 3600)),
        ("m", "s", None),
        ("Cel", "K", None),
        ("[iU]", "1", None),
        ("[iU]", "[arb'U]", None),
        ("[iU]/L", "[iU]", None),
        ("[IU]/L", "[iU]/mL", Fraction(1, 1000)),
    ],
)
def test_conversion_factors(source: str, target: str, expected: Fraction | None) -> None:
    assert conversion_factor(source, target) == expected


@given(units_of_one_kind, values)
def test_conversion_there_and_back(units: tuple[str, str, str], value: Decimal) -> None:
    a, b, _ = units
    back = convert(convert(value, a, b), b, a)
    assert abs(back - value) <= max(abs(value), Decimal(1)) * Decimal("1E-20")


@given(units_of_one_kind)
def test_factors_are_transitive(units: tuple[str, str, str]) -> None:
    a, b, c = units
    factors = conversion_factor(a, b), conversion_factor(b, c), conversion_factor(a, c)
    if None not in factors:
        first, second, whole = factors
        assert first * second == whole


# ----------------------------------------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (("2.25", "mm"), ("2.250", "mm"), 0),
        (("2.249", "mm"), ("2.25", "mm"), -1),
        (("0.3", "cm"), ("2.25", "mm"), 1),
        (("1", "ng/mL"), ("1000", "ng/L"), 0),
        (("5", "%"), ("0.05", "1"), 0),
        (("1", "d"), ("24", "h"), 0),
        (("1", "mm"), ("1", "mg"), None),
        (("1", "[iU]"), ("1", "1"), None),
        (("37", "Cel"), ("98.6", "[degF]"), 0),
        (("37.1", "Cel"), ("310.15", "K"), 1),
        (("20", "dB"), ("1", "B"), 1),
        (("20", "dB"), ("200", "1"), -1),
        (("30", "dB"), ("1000", "1"), 0),
        (("100", "%[slope]"), ("45", "deg"), 0),
        (("7.4", "[pH]"), ("7.35", "[pH]"), 1),
        (("7.4", "[pH]"), ("40", "nmol/L"), None),
        (("180", "deg"), ("3.141592653589793238462643383", "rad"), 1),
        (("180", "deg"), ("3.141592653589793238462643384", "rad"), -1),
        (("180", "deg"), ("1", "[pi].rad"), 0),
    ],
)
def test_compares(a: tuple[str, str], b: tuple[str, str], expected: int | None) -> None:
    first, second = (Decimal(a[0]), a[1]), (Decimal(b[0]), b[1])
    assert compare(*first, *second) == expected
    assert compare(*second, *first) == (None if expected is None else -expected)


@given(units_of_one_kind, st.tuples(values, values, values))
def test_order_is_total_within_a_kind(units: tuple[str, str, str], numbers: tuple[Decimal, Decimal, Decimal]) -> None:
    (a, b, c), (x, y, z) = units, numbers
    first, second, whole = compare(x, a, y, b), compare(y, b, z, c), compare(x, a, z, c)
    assert first == -compare(y, b, x, a)
    if first == second:
        assert whole == first


# --------------------------------------------------------------------------------------------- algebra


@pytest.mark.parametrize(
    ("a", "b", "product", "quotient"),
    [
        ("cm", "cm", "cm2", "1"),
        ("g", "g", "g2", "1"),
        ("g", "cm3", "cm3.g", "g/cm3"),
        ("g/cm3", "cm3", "g", "g/cm6"),
        ("mg", "g", "g.mg", "mg/g"),
        ("1", "min", "min", "/min"),
        ("m/s", "m.s-1", "m2/s2", "1"),
        ("mmol/(8.h.kg)", "h", "mmol/8/kg", "mmol/8/h2/kg"),
        ("10*3/uL", "uL", "10*3", "10*3/uL2"),
        ("10^3", "10*2", "10*5", "10*"),
        ("4.m", "2.m", "8.m2", "2"),
        ("mg{dry}", "mg{dry}", "mg2{dry}", "1"),
        ("{cells}", "uL", "{cells}.uL", "{cells}/uL"),
        ("g/(8.h){shift}", "g", "g2/8/{shift}/h", "/8/{shift}/h"),
        ("Cel", "1", "Cel", "Cel"),
        ("Cel", "2", "2.Cel", "Cel/2"),
        ("[iU]/mL", "mL", "[iU]", "[iU]/mL2"),
    ],
)
def test_products_and_quotients(a: str, b: str, product: str, quotient: str) -> None:
    assert multiply(a, b) == multiply(b, a) == product
    assert divide(a, b) == quotient


@given(st.sampled_from([unit for family in FAMILIES[:9] for unit in family]), st.integers(-5, 5))
def test_powers_are_worth_what_they_say(unit: str, exponent: int) -> None:
    assert parse_unit(power(unit, exponent)).factor == parse_unit(unit).factor ** exponent


every_linear_unit = st.sampled_from([unit for family in FAMILIES[:9] for unit in family])


@given(every_linear_unit, every_linear_unit)
def test_algebra_is_worth_what_it_says(a: str, b: str) -> None:
    first, second = parse_unit(a), parse_unit(b)
    assert parse_unit(multiply(a, b)).factor == first.factor * second.factor
    assert parse_unit(divide(a, b)).factor == first.factor / second.factor
    assert parse_unit(multiply(divide(a, b), b)).is_commensurable(first)


@pytest.mark.parametrize(
    "compute",
    [
        lambda: multiply("Cel", "m"),
        lambda: multiply("Cel", "Cel"),
        lambda: divide("Cel", "Cel"),
        lambda: divide("m", "Cel"),
        lambda: power("Cel", 2),
        lambda: power("m", 10**9),
        lambda: power("m50", 2),
        lambda: multiply("nothing", "m"),
    ],
)
def test_refuses_algebra_that_has_no_meaning(compute: object) -> None:
    with pytest.raises(UnitError):
        compute()


# -------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "position", "hint"),
    [
        ("", None, None),
        ("mmHg", 0, "mm[Hg]"),
        ("mg/MM", 3, "mm"),
        ("µg/L", 0, "ug"),
        ("g/12h", 2, "12.h"),
        ("IU/L", 0, "[iU]"),
        ("[BETH'U]", 0, "[beth'U]"),
        ("mL/mni", 3, "min"),
        ("qqqqqq", 0, None),
        ("mg/", 3, None),
        ("/", 1, None),
        ("m//s", 2, None),
        ("(/m)", 1, None),
        ("(m", 2, None),
        ("m)", 1, None),
        ("()", 1, None),
        ("(m)2", 3, None),
        ("{a}m", 3, None),
        ("m{a}2", 4, None),
        ("m{}", 1, None),
        ("m{a b}", 1, None),
        ("m s", 0, "ms"),
        ("0.m", 0, None),
        ("m/00", 2, None),
        ("kmin", 0, "min"),
        ("Cel/min", 0, None),
        ("Cel.dB", 0, None),
        ("[pi].Cel", 5, None),
        ("[iU].Cel", 5, None),
        ("Cel2", 0, None),
        ("/[pH]", 1, None),
        (f"m{MAX_EXPONENT + 1}", 0, None),
        ("m-100", 0, None),
        ("Ym99.Ym99", None, None),
        ("m" * (MAX_LENGTH + 1), None, None),
        ("[pi]99.[pi]99", 7, None),
    ],
)
def test_refuses_and_says_where(text: str, position: int | None, hint: str | None) -> None:
    assert not is_unit(text)
    with pytest.raises(UnitError) as caught:
        parse_unit(text)
    if not text.startswith("Ym"):
        assert caught.value.position == position
    assert caught.value.hint == hint
    assert hint is None or (is_unit(hint) and f"did you mean '{hint}'?" in str(caught.value))
    assert isinstance(caught.value, PreciseError)


def test_error_reads_as_one_sentence() -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit("ng/mm Hg")
    assert str(caught.value) == "unit 'ng/mm Hg', character 4: 'mm Hg' is not a unit; did you mean 'mm[Hg]'?"


@pytest.mark.parametrize(
    ("value", "source", "target"),
    [
        ("1", "mm", "mg"),
        ("1", "[iU]", "mg"),
        ("NaN", "mm", "cm"),
        ("Infinity", "mm", "mm"),
        ("1E+99999", "mm", "cm"),
        ("0", "mol/L", "[pH]"),
        ("-1", "1", "B"),
        ("1E+9", "Np", "1"),
        ("90", "deg", "%[slope]"),
        ("-1", "m2.s-4/Hz", "[m/s2/Hz^(1/2)]"),
    ],
)
def test_refuses_to_convert(value: str, source: str, target: str) -> None:
    with pytest.raises(UnitError):
        convert(Decimal(value), source, target)


def test_refuses_to_compare_what_is_not_finite() -> None:
    for unit in ("mm", "cm"):
        with pytest.raises(UnitError):
            compare(Decimal("NaN"), "mm", Decimal(1), unit)
        with pytest.raises(UnitError):
            compare(Decimal(1), unit, Decimal("-Infinity"), "mm")


unit_like_text = st.lists(
    st.sampled_from(
        ["m", "kg", "10*", "[in_i]", "Cel", "{a}", "{", "}", "(", ")", ".", "/", "-", "2", "0", "9", "[", "]"]
    )
).map("".join)


@given(st.one_of(st.text(max_size=40), unit_like_text))
def test_any_text_is_a_unit_or_a_unit_error(text: str) -> None:
    try:
        unit = parse_unit(text)
    except UnitError as error:
        hint = error.hint
    else:
        hint = None
        assert unit.factor > 0
        assert convert(Decimal("1.5"), text, text) == Decimal("1.5")
        assert parse_unit(power(text, 1)).is_commensurable(unit)
    assert hint is None or is_unit(hint)


@pytest.mark.parametrize("depth", [1, 100, 128, 5000])
def test_deep_parentheses_cost_nothing(depth: int) -> None:
    text = "(" * depth + "m" + ")" * depth
    assert is_unit(text) == (len(text) <= MAX_LENGTH)


# ------------------------------------------------------------------------------------------- the table


def test_every_atom_has_a_worth_and_is_found_as_itself() -> None:
    for code, atom in atoms().items():
        assert parse_unit(code).factor > 0
        assert find_symbol(code) == ("", atom)


def test_no_symbol_reads_in_two_ways() -> None:
    metric = [atom.code for atom in atoms().values() if atom.metric]
    symbols = [prefix + code for prefix in prefixes() for code in metric]
    assert len(symbols) == len(set(symbols))
    assert not atoms().keys() & set(symbols)


@pytest.mark.parametrize(
    ("unit", "worth", "base"),
    [
        ("N", "1000", "g.m/s2"),
        ("[psi]", "6894.757293168361336722673445346891", "Pa"),
        ("[acr_us]", "4046.872609874252006568529266090790", "m2"),
        ("[gal_us]", "3.785411784", "L"),
        ("[gal_br]", "4.54609", "L"),
        ("[Btu_IT]", "1055.05585262", "J"),
        ("[HP]", "745.69987158227022", "W"),
        ("eV", "1.602176634E-19", "J"),
        ("mol", "6.02214076E+23", "1"),
        ("[PRU]", "1333.22", "dyn.s/cm5"),
        ("[wood'U]", "79.9932", "dyn.s/cm5"),
        ("Ci", "37", "GBq"),
        ("[ly]", "9460730472580800", "m"),
        ("[kn_i]", "1.852", "km/h"),
        ("[Ch]", "0.3333333333333333333333333333333333", "mm"),
        ("[MET]", "3.5", "mL/(kg.min)"),
    ],
)
def test_golden_worths(unit: str, worth: str, base: str) -> None:
    expected = Decimal(worth)
    result = convert(Decimal(1), unit, base)
    assert abs(result - expected) <= abs(expected) * Decimal("1E-16")


# ------------------------------------------------------------------------------------ public test data


def cases(kind: str) -> list[dict[str, str]]:
    if not FUNCTIONAL_TESTS.exists():
        pytest.skip(f"the UCUM functional tests are not at {FUNCTIONAL_TESTS}")
    return [dict(case.attrib) for case in ET.parse(FUNCTIONAL_TESTS).getroot().iterfind(f"{kind}/case")]


def agrees(result: Decimal, expected: str) -> bool:
    """Whether the result is the expected number, to the digits that are given."""
    number = Decimal(expected)
    return result.quantize(number, rounding=ROUND_HALF_EVEN) == number


VALID = (
    "m", "mm", "cm2", "m3", "mm[Hg]", "Pa", "kPa", "ng/mL", "ng/L", "ug/L", "pg/mL", "U/L", "ukat/L",
    "[iU]/L", "mL/min", "mL/min/{1.73_m2}", "10*9/L", "10*3/uL", "/min", "{beats}/min", "%", "[ppm]", "1",
    "deg", "rad", "Cel", "[degF]", "K", "mmol/L", "meq/L", "mg/dL", "g/dL", "kg/m2", "mo", "a", "wk", "d",
    "h", "min", "s", "ms", "[in_i]", "[lb_av]", "[pH]", "m/s2", "m.s-2", "kg.m/s2", "/m", "10^3",
    "ug{creatinine}", "{score}", "m2/s", "dB", "B[SPL]", "dyn.s/cm5",
)  # fmt: skip
INVALID = (
    "millimeter", "mmHg", "inch", "°C", "ml/min/1.73m2", "mm /s", "m//s", "m/", "(m", "m)", "kkg", "k", "10**3", "m^2",
    "m²", "-m", "[in", "in]", "{beats", "IU", "sec", "hr", "m..s", "(m/s)2", "k[in_i]", "mm[hg]", "%%", "Torr", " ", "",
    "10+3/uL", "rad2{錠}", "{|}1", "iU", "molv", "mg/12h", "U/1h", "mmol/kg[H20]", "cm[H20]", "[M'U]", "ug(8.h)",
)  # fmt: skip


@pytest.mark.parametrize("unit", VALID)
def test_units_that_ucum_has(unit: str) -> None:
    assert is_unit(unit)


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("1", "(unity)"),
        ("kg", "(kilogram)"),
        ("m[Hg]", "(meter of mercury column)"),
        ("m/s2", "(meter) / (second ^ 2)"),
        ("L.mmol-1.s-2", "(liter) * (millimole ^ -1) * (second ^ -2)"),
        ("10*9/L", "(the number ten for arbitrary powers ^ 9) / (liter)"),
        ("3.[pi].N/A2", "3 * (the number pi) * (newton) / (ampère ^ 2)"),
        ("/min", "/ (minute)"),
        ("{cells}/uL", "{cells} / (microliter)"),
        ("mg{dry}", "(milligram){dry}"),
    ],
)
def test_a_unit_in_words(unit: str, words: str) -> None:
    assert display_name(unit) == words


@pytest.mark.parametrize(
    ("first", "second", "unit", "product", "by", "quotient"),
    [
        ("g", "m", "g.m", "1", "g/m", "1"),
        ("[lb_av]/h", "kg/s", "kg2/s2", "0.0001259978805555555555555555556", "1", "0.0001259978805555555555555555556"),
        ("mm", "cm", "mm2", "10", "1", "0.1"),
    ],
)
def test_what_products_and_quotients_are_worth(
    first: str, second: str, unit: str, product: str, by: str, quotient: str
) -> None:
    assert convert(Decimal(1), multiply(first, second), unit) == Decimal(product)
    assert convert(Decimal(1), divide(first, second), by) == Decimal(quotient)


@pytest.mark.parametrize("unit", INVALID)
def test_units_that_ucum_has_not(unit: str) -> None:
    assert not is_unit(unit)


@pytest.mark.realdata
def test_functional_validation() -> None:
    all_cases = cases("validation")
    wrong = [case for case in all_cases if is_unit(case["unit"]) != (case["valid"] == "true")]
    assert (len(all_cases), wrong) == (529, [])


@pytest.mark.realdata
def test_functional_conversion() -> None:
    all_cases = cases("conversion")
    wrong = [
        case
        for case in all_cases
        if not agrees(convert(Decimal(case["value"]), case["srcUnit"], case["dstUnit"]), case["outcome"])
    ]
    assert (len(all_cases), wrong) == (30, [])


@pytest.mark.realdata
def test_functional_display_names() -> None:
    all_cases = cases("displayNameGeneration")
    wrong = [case for case in all_cases if display_name(case["unit"] or "1") != case["display"]]
    assert (len(all_cases), wrong) == (9, [])


@pytest.mark.realdata
@pytest.mark.parametrize(("kind", "count"), [("multiplication", 2), ("division", 3)])
def test_functional_algebra(kind: str, count: int) -> None:
    all_cases = cases(kind)
    for case in all_cases:
        first, second = Decimal(case["v1"]), Decimal(case["v2"])
        by = kind == "division"
        unit = divide(case["u1"], case["u2"]) if by else multiply(case["u1"], case["u2"])
        value = first / second if by else first * second
        assert agrees(convert(value, unit, case["uRes"] or "1"), case["vRes"])
    assert len(all_cases) == count


@pytest.mark.realdata
def test_common_units() -> None:
    if not EXAMPLES.exists():
        pytest.skip(f"the UCUM examples are not at {EXAMPLES}")
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        units = [row[1] for row in csv.reader(file, delimiter="\t") if row and row[0].isdigit()]
    assert len(units) == 848
    assert [unit for unit in units if not is_unit(unit)] == ["Torr"], "not in UCUM 2.2; it is mm[Hg]"


@pytest.mark.parametrize(
    ("unit", "is_about_annotation"), [("mg{}", True), ("mg{é}", True), ("mg{a b}", True), ("mg{ok}2", False)]
)
def test_an_annotation_that_is_none_is_told_as_such(unit: str, is_about_annotation: bool) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(unit)
    assert ("an annotation is one or more visible ASCII characters" in str(caught.value)) == is_about_annotation
