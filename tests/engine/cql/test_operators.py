"""Every operator family, from the examples and clauses of the reference (CQL 1.5, appendix B).

A row is an expression and the expression of its value; the types must be the same too. None stands for null.
"""

import pytest

from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.output import literal
from precise_cal.engine.cql.state import State
from precise_cal.protocol.temporal import DateTime

NOW = DateTime.parse("2026-03-10T12:00:00.000+00:00")

TYPES = """
5 is Integer | true
'5' is Integer | false
(null as Integer) is Integer | false
(if true then 1 else 'a') as Integer | 1
(if true then 1 else 'a') as String | null
(if true then 1 else 'a') is Integer | true
(if true then { 1, null } else 'a') is List<Integer> | true
(if true then { 'a' } else { 1 }) is List<Integer> | false
({ 1, 'a' }) is List<Integer> | false
(if true then 'a' else { 1 }) is List<Integer> | false
(if true then Interval[1, null] else 'a') is Interval<Integer> | true
(if true then Interval[1, 2] else 'a') is Interval<Decimal> | false
(if true then 'a' else Interval[1, 2]) is Interval<Integer> | false
convert 5 'mg' to 'g' | 0.005 'g'
ConvertQuantity(5 'mg', 'cm') | null
CanConvertQuantity(5 'mg', 'cm') | false
Comparable(1 'mg', 1 'g') | true
Comparable(1 'mg', 1 'cm') | false
convert '12' to Integer | 12
convert 1 to Decimal | 1.0
ToBoolean('y') | true
ToBoolean('falsetto') | null
ToBoolean(2) | null
ToDecimal('+-0.1') | null
ToInteger('2147483648') | null
ToLong('-1') | -1L
ToLong(years between @2005 and @2010) > 3L | true
ToLong(years between @2005 and @2010) > 4L | null
ToLong(years between @2005 and @2010) > 5L | false
ToDecimal(years between @2005 and @2010) > 3.5 | true
ToDecimal(years between @2005 and @2010) > 4.5 | null
ToQuantity(years between @2005 and @2010) < 5.5 '1' | true
ToQuantity(years between @2005 and @2010) < 4.5 '1' | null
ToQuantity('-0.1 \\'mg\\'') | -0.1 'mg'
ToQuantity('444 \\'cm') | null
ToRatio('1.0 \\'mg\\':2.0 \\'mg\\'') | 1.0 'mg':2.0 'mg'
ToString(-0.1 'mg':0.1 'mg') | '-0.1 \\'mg\\':0.1 \\'mg\\''
ToString(@2012-01-01) | '2012-01-01'
ToDate('2014-01-01T12:30:00') | @2014-01-01
ToDateTime('2014-13') | null
ToTime('T14:30:00.0') | @T14:30:00.0
ConvertsToInteger('1.5') | false
ConvertsToInteger(2147483648L) | false
ConvertsToDate(null) | null
Coalesce(null, 15, null) | 15
Coalesce({ null, 3 }) | 3
Coalesce({ null, null }) | null
"""
COMPARISON = """
3.5 'cm2' = 3.5 'cm' | null
100 'cm' = 1 'm' | true
100 'cm' ~ 1 'm' | true
1:8 = 2:16 | false
1:8 ~ 2:16 | true
{ null, 1 } = { null, 1 } | true
@2012-01-01 = @2012-01-01T12 | null
@2024-11-15T12:30:00.0 = @2024-11-15T12:30:00 | true
@2024-11-15T12:30:00.5 = @2024-11-15T12:30:00 | false
Tuple{ x: 1, y: null } = Tuple{ x: 1, y: null } | true
Tuple{ x: 1, y: 1 } = Tuple{ x: null, y: 1 } | null
Tuple{ x: 1, y: 1 } = Tuple{ x: null, y: 2 } | false
null = null | null
null ~ null | true
'John Doe' ~ 'john\tdoe' | true
1.001 ~ 1.0 | true
1 year ~ 12 months | true
1 year ~ 365 days | true
1 month ~ 30 days | true
1 year ~ 1 'a' | true
1 year = 1 'a' | null
1 week = 7 days | true
@2012-01-01 ~ @2012-01-01T12 | false
4 between 2 and 6 | true
@2012-01-01 between @2012-01-01T12 and @2012-01-02T12 | null
Interval[2, 3] between 1 and 4 | true
@2012 < @2012-06 | null
@2012 < @2013-06 | true
'abc' < 'abd' | true
1 < 1.5 | true
1 != null | null
"""
ARITHMETIC = """
Abs(minimum Integer) | null
2147483647 + 1 | null
25L + 5 | 30L
2.5 + 5 | 7.5
1 'm' + 1 'cm' | 101 'cm'
-5.5 'cm' + 2 'cm2' | null
12 'cm2' / 3 'cm' | 4 'cm'
2.2 / 0 | null
10 div 3 | 3
-10 div 3 | -3
-10 mod 3 | -1
10.1 'cm' div -3.1 'cm' | -3 '1'
5 div 0 | null
2 ^ 3 | 8
2 ^ 1000000 | null
2L ^ 1000000L | null
2.5 ^ 2.0 | 6.25
2 ^ -2 | 0.25
Ceiling(1.1) | 2
Floor(-1.1) | -2
Floor(2147483648.2) | null
Truncate(-1.9) | -1
Round(-0.5) | -1.0
Round(3.14159, 3) | 3.142
Round(2.54 'cm') | 3 'cm'
Ln(1) | 0.0
Log(16, 2) | 4.0
Exp(0) | 1.0
successor of 1.0 | 1.00000001
successor of 1 'mm' | 2 'mm'
predecessor of 10 'mm' | 9 'mm'
successor of 1.0 'mm' | 1.00000001 'mm'
successor of 1.5 'mm' | 1.50000001 'mm'
predecessor of @2014-01-01 | @2013-12-31
maximum Integer | 2147483647
minimum Date | @0001-01-01
HighBoundary(@T10:30, 9) | @T10:30:59.999
LowBoundary(@2014, 6) | @2014-01
Precision(1.58700) | 5
-(-3.3) | 3.3
(days between @2014-01-15 and @2014-02) + 1.5 | null
Abs(days between @2014-01-15 and @2014-02) | null
"""
STRINGS = """
Combine({ 'A', null, 'C' }, '-') | 'A-C'
Combine({}) | null
'John' & null & ' Doe' | 'John Doe'
'John' + null | null
EndsWith('ABC', 'C') | true
'ABCDE'[2] | 'C'
'ABCDE'[14] | null
'ABCDE'[-1] | null
LastPositionOf('B', 'ABCDEDCBA') | 7
LastPositionOf('', 'ABCDE') | 5
PositionOf('Z', 'ABCDE') | -1
Length('ABCDE') | 5
Length(null as String) | null
Lower('ABC') | 'abc'
Upper('abc') | 'ABC'
Matches('1,2three', '\\\\d,\\\\d\\\\w+') | true
MatchesFull('N8000123123', 'N[0-9]{8}') | false
Matches('NCT07277114', '^NCT\\\\d{8}$') | true
ReplaceMatches('ABCDE', 'C', 'XYZ') | 'ABXYZDE'
ReplaceMatches('2026-03', '(\\\\d+)-(\\\\d+)', '$2/$1') | '03/2026'
Split('A B C', ' ') | { 'A', 'B', 'C' }
Split(null, ' ') | null
SplitOnMatches('A1B22C', '[0-9]+') | { 'A', 'B', 'C' }
StartsWith('ABC', '') | true
Substring('ABCDE', 2, 1) | 'C'
Substring('ABCDE', 14) | null
"""
TEMPORAL = """
@2011 3 days or less before @2011-01 | null
@2011-01-30 3 days or less before @2011-02 | null
@2011-01-20 3 days or less before @2011-02-22 | false
@2011-01-20 3 days or less before (null as Date) | null
@2012-01-31 + 1 month | @2012-02-29
@2014 + 24 months | @2016
@2014 - 18 months | @2013
@T01:00:00 - 2 hours | @T23:00:00
DateTime(2012, 1, 1, 12, 30, 0, 10, -7) | @2012-01-01T12:30:00.010-07:00
month from DateTime(2012) | null
timezoneoffset from @2012-01-01T12:30:00.000-07:00 | -7.0
date from @2012-01-01T12:30 | @2012-01-01
difference in months between @2012-01-31 and @2012-02-01 | 1
months between @2012-01-31 and @2012-02-01 | 0
years between @2000-02-29 and @2001-02-28 | 1
hours between @2012-01-01T01:00:00 and @2012-01-01T02:00:00.0 | 1
(days between @2014-01-15 and @2014-02) > 2 | true
(days between @2014-01-15 and @2014-02) > 50 | false
(days between @2014-01-15 and @2014-02) > 20 | null
(years between @2005 and @2010) > 3.5 | true
@2012-01-01 same day as @2012-01 | null
@2012-01-01 same day as @2012-01-02 | false
@2012-01-02 same day or after @2012-01-01 | true
@2012 before month of @2012-02-01 | null
@2012-01-01 on or before @2012-01-01 | true
@2012-03-10 3 days or less after @2012-03-08 | true
@2012-03-10 within 1 day of @2012-03-08 | false
CalculateAgeInYearsAt(@2000-01-01, @2015-01-01) | 15
CalculateAgeInYears(@2000-01-01) | 26
Today() | @2026-03-10
TimeOfDay() | @T12:00:00.000
"""
INTERVALS = """
5 in Interval[1, 5) | false
3 in (null as Interval<Integer>) | false
null in Interval[1, 5] | null
5 in Interval[null, 7] | true
5 in Interval(null, 7] | null
Interval[1, null) contains 0 | false
Interval[-1, 5] includes null | null
Interval[1, 10] included in (null as Interval<Integer>) | null
Interval[1, 5] properly included in Interval[1, 5] | false
Interval[1, 5] properly includes 1 | true
Interval[1, 1] properly includes 1 | false
start of (Interval[null, null] as Interval<Date>) | @0001-01-01
end of Interval[1, null] | 2147483647
end of Interval[1, 5) | 4
width of Interval[3, 7] | 4
width of Interval[0, null) | null
Size(Interval[3 'cm', null as Quantity)) | null
Size(Interval[3, 8)) | 5
point from Interval[4, 5) | 4
5 after Interval[1, 4] | true
Interval[@T03, @T04] meets Interval[@T05, @T06] | true
Interval[6, 10] meets after Interval[0, 5] | true
Interval[0, 4] overlaps before Interval[1, 4] | true
Interval[0, 5] starts Interval[0, 7] | true
Interval[0, 5] ends Interval[-1, 5] | true
Interval[1, 5] union Interval[7, 8] | null
Interval[1, 5] intersect Interval[3, 7] | Interval[3, 5]
Interval[0, 5] except Interval[3, 7] | Interval[0, 2]
Interval[1, null] ~ Interval[1, null] | true
collapse { Interval[1, 4], Interval[4, 8], null } | { Interval[1, 8] }
collapse { Interval[1, 2], Interval[4, 5] } per 2 '1' | { Interval[1, 5] }
expand Interval[1, 10] per 2 | { 1, 3, 5, 7, 9 }
expand { Interval[@2018-01-01, @2018-01-02] } per 2 days | { Interval[@2018-01-01, @2018-01-02] }
expand { Interval[@T10, @T10] } per minute | { }
start of Interval(null, @2014-05-05] same day as @2014-05-05 | null
"""
LISTS = """
{ 1, 3 } contains null | false
{ null, 'b' } contains 'a' | false
{ 1, null } contains null | true
null contains 4 | false
4 in null | false
null in { 1, null } | true
'a' ~in { 'A', 'B' } | true
null ~in { 1, null } | true
{ 'A' } ~contains 'b' | false
null includes { 1, 3 } | null
{ 1, 3 } included in null | null
{ 1, 3 } properly includes { 1, 3 } | false
{ 1, 3, null } properly includes null | true
null properly included in { 1, null } | true
distinct { 1, null, 1, null } | { 1, null }
{ 1, 3, 3, 5 } except all { 3 } | { 1, 3, 5 }
{ 1, 3 } except null | { 1, 3 }
{ 1, 3, 3 } intersect all { 3 } | { 3, 3 }
null union { 4 } | { 4 }
exists { null } | false
flatten { { 1, 2 }, { 3 } } | { 1, 2, 3 }
First({ }) | null
IndexOf({ 1, 3 }, 4) | -1
Length(null as List<Integer>) | 0
singleton from { 1 } | 1
Skip({ 1, 2, 3 }, 2) | { 3 }
Skip({ 1, 2, 3 }, -1) | { }
Take({ 1, 2, 3 }, null) | { }
Tail({ 1, 2, 3 }) | { 2, 3 }
Slice({ 1, 2, 3, 4, 5 }, 1, -1) | { 2, 3, 4 }
Slice({ 1, 2, 3 }, -9, 2) | { 1, 2 }
"""
AGGREGATES = """
AllTrue({ true, null }) | true
AllTrue(null) | true
AnyTrue({ false, null }) | false
Avg({ 5.5, 4.7, 4.8 }) | 5.0
Avg({ 1 'm', 300 'cm' }) | 2 'm'
Count({ 1, null }) | 1
GeometricMean({ 2.0, 8.0 }) | 4.0
Max({ @2012-12-31, @2013-01-01 }) | @2013-01-01
Min({ 2, null, 1 }) | 1
Max({ @2012, @2012-05 }) | null
Median({ 2.0, 4.0, 8.0, 6.0 }) | 5.0
Mode({ 2.0, 2.0, 8.0 }) | 2.0
PopulationStdDev({ 1.0, 2.0, 3.0, 4.0, 5.0 }) | 1.41421356
PopulationVariance({ 1.0, 2.0, 3.0, 4.0, 5.0 }) | 2.0
StdDev({ 1.0, 2.0, 3.0, 4.0, 5.0 }) | 1.58113883
Variance({ 1.0, 2.0, 3.0, 4.0, 5.0 }) | 2.5
Product({ 1.0, 2.0, 3.0, 4.0 }) | 24.0
Product({ 100000, 100000 }) | null
Sum({ 1, 2 }) | 3
Sum({ null as Quantity }) | null
"""
QUERIES = """
(4) X let y: X + 1 return y | 5
from ({ 1, 2 }) X, ({ 3, 4 }) Y where X < Y return all X + Y | { 4, 5, 5, 6 }
({ 1, 2, 3 }) X with ({ 2, 3 }) Y such that X = Y | { 2, 3 }
({ 1, 2, 3 }) X without ({ 2, 3 }) Y such that X = Y | { 1 }
({ 3, 1, 2 }) X sort desc | { 3, 2, 1 }
({ 1, 1 }) X return X | { 1 }
({ 1, 1 }) X return all X | { 1, 1 }
({ 2, null, 1 }) X sort asc | { null, 1, 2 }
({ @2012-01-01T12, @2012-01 }) X sort asc | { @2012-01T, @2012-01-01T12 }
({ Tuple{ a: 1, b: 'z' }, Tuple{ a: 1, b: 'a' }, Tuple{ a: 0, b: 'm' } }) T return all T.b sort desc | { 'z', 'm', 'a' }
({ Tuple{ a: 1, b: 2 }, Tuple{ a: 1, b: 1 } }) T sort by a desc, b | { Tuple{ a: 1, b: 1 }, Tuple{ a: 1, b: 2 } }
({ 1, 2, 3 }) X aggregate total starting 0: total + X | 6
from ({ 1, 2, 2 }) X, ({ 1, 2 }) Y aggregate distinct total starting 1: total + X + Y | 13
({ { 1, 2 }, { 3 } }) L return Sum((L) X where X > 1) | { 2, 3 }
case 2 when 1 then 'a' when 2 then 'b' else 'c' end | 'b'
case when null then 'a' else 'c' end | 'c'
if null then 1 else 2 | 2
Message(1, true, 'code', 'Warning', 'text') | 1
"""
FAMILIES = {"types": TYPES, "comparison": COMPARISON, "arithmetic": ARITHMETIC, "strings": STRINGS,
            "temporal": TEMPORAL, "intervals": INTERVALS, "lists": LISTS, "aggregates": AGGREGATES,
            "queries": QUERIES}  # fmt: skip
ROWS = [
    pytest.param(*row.rsplit(" | ", 1), id=f"{family}: {row}")
    for family, table in FAMILIES.items()
    for row in table.strip().split("\n")
]


def value(text: str) -> object:
    return evaluate(compile_expression(Environment(), text), State(now=NOW))


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_value(text: str, expected: str) -> None:
    got, wanted = value(text), value(expected)
    assert type(got) is type(wanted), literal(got)
    assert got == wanted, literal(got)


@pytest.mark.parametrize(
    "text",
    [
        "singleton from { 1, 2 }",
        "point from Interval[1, 4]",
        "cast (if true then 1 else 'a') as String",
        "Interval[5, 1]",
        "Date(2012, null, 1)",
        "Time(12, null, 0)",
        "Message(1, true, 'code', 'Error', 'text')",
        "successor of maximum Integer",
        "Ln(0)",
        "@2014-01-01 + 1 'a'",
        "@2014-01-01 + 1 hour",
        "Matches('a', '(')",
        "ReplaceMatches('a', 'a', '$3')",
        "expand Interval[1, 5] per 0",
    ],
)
def test_run_time_errors(text: str) -> None:
    with pytest.raises(EvaluationError):
        value(text)


def test_messages_are_kept() -> None:
    state = State()
    evaluate(compile_expression(Environment(), "Message(1, true, 'c', 'Warning', 'low')"), state)
    assert state.messages == [("Warning", "c", "low")]


@pytest.mark.parametrize("text", ["Now()", "Today()", "TimeOfDay()", "CalculateAgeInYears(@2000)"])
def test_a_clock_that_is_not_given_is_unknown(text: str) -> None:
    assert evaluate(compile_expression(Environment(), text), State()) is None
