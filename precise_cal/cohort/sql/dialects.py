"""How the operations of `expressions` are written for an engine: a template each, the same but for what differs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPLATES: Final[Mapping[str, str]] = {
    "rare": "{0}",
    "not": "(NOT {0})",
    "is_null": "({0} IS NULL)",
    "is_true": "({0} IS TRUE)",
    "is_false": "({0} IS FALSE)",
    "eq": "({0} = {1})",
    "lt": "({0} < {1})",
    "le": "({0} <= {1})",
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "scaled": "(CAST({0} AS DECIMAL(28, 8)) * {1})",
    "mod": "({0} % {1})",
    "neg": "(-{0})",
    "abs": "abs({0})",
    "wide": "CAST({0} AS BIGINT)",
    "narrow": "CAST({0} AS INTEGER)",
    "greatest": "greatest({0}, {1})",
    "any": "bool_or({0})",
    "min": "min({0})",
    "max": "max({0})",
    "sum": "sum({0})",
    "decimals": "(CASE WHEN instr({0}, '.') = 0 THEN 0 ELSE length({0}) - instr({0}, '.') END)",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """An engine's SQL: templates by operation, the names of types, and of a literal list indexed from 1."""

    name: str
    templates: Mapping[str, str]
    types: Mapping[str, str]

    def write(self, op: str, args: list[str]) -> str:
        """An operation on operands that are written already."""
        if op in ("and", "or", "coalesce"):
            text = f" {op.upper()} ".join(args) if op != "coalesce" else ", ".join(args)
            return f"({text})" if op != "coalesce" else f"coalesce({text})"
        if op == "case":
            *pairs, otherwise = args
            branches = " ".join(f"WHEN {one} THEN {other}" for one, other in zip(pairs[::2], pairs[1::2], strict=True))
            return f"(CASE {branches} ELSE {otherwise} END)"
        return (self.templates.get(op) or _TEMPLATES[op]).format(*args)

    def literal(self, value: Any, kind: str) -> str:
        """A constant; a null with its type."""
        if value is None:
            return f"CAST(NULL AS {self.types[kind]})"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Decimal):
            return f"CAST('{value:f}' AS DECIMAL({_width(value)}, {max(-_exponent(value), 0)}))"
        return str(value) if abs(value) < 2**31 else f"CAST({value} AS BIGINT)"

    def column(self, name: str) -> str:
        """The name of a column or table of the record, which may be a word of SQL, such as `by` or `order`."""
        return f'"{name}"' if self.name == "duckdb" else f"`{name}`"

    def text(self, value: str) -> str:
        """A text constant."""
        return "'" + value.replace("'", "''") + "'" if self.name == "duckdb" else _escaped(value)


def _escaped(value: str) -> str:
    """For an engine that reads backslashes in text constants."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _width(value: Decimal) -> int:
    """Digits before and behind the point."""
    return max(len(value.as_tuple().digits), -_exponent(value) + 1, value.adjusted() + 1, 1)


_NUMBER: Final = r"[+-]?[0-9]+(\.[0-9]+)?"
_SHORT: Final = r"[+-]?0*[0-9]{1,10}(\.[0-9]{1,8})?"

DUCKDB: Final = Dialect(
    "duckdb",
    {
        "same": "({0} IS NOT DISTINCT FROM {1})",
        "has": "list_contains({0}, {1})",
        "is_empty": "(len({0}) = 0)",
        "div": "({0} // {1})",
        "day_of": "CAST((({0} + {1} * CAST({2} AS BIGINT)) // {1}) - {2} AS INTEGER)",
        "time_of": "(({0} + {1} * CAST({2} AS BIGINT)) % {1})",
        "add_months": "CAST(CAST(DATE '1970-01-01' + {0} + to_months({1}) AS DATE) - DATE '1970-01-01' AS INTEGER)",
        "month_end": "CAST(last_day(DATE '1970-01-01' + {0}) - DATE '1970-01-01' AS INTEGER)",
        "year_end": "CAST(make_date(year(DATE '1970-01-01' + {0}), 12, 31) - DATE '1970-01-01' AS INTEGER)",
        "year": "CAST(year(DATE '1970-01-01' + {0}) AS INTEGER)",
        "month": "CAST(month(DATE '1970-01-01' + {0}) AS INTEGER)",
        "day": "CAST(day(DATE '1970-01-01' + {0}) AS INTEGER)",
        "months": (
            "((year(DATE '1970-01-01' + {1}) - year(DATE '1970-01-01' + {0})) * 12"
            " + month(DATE '1970-01-01' + {1}) - month(DATE '1970-01-01' + {0})"
            " - CASE WHEN day(DATE '1970-01-01' + {0}) > day(DATE '1970-01-01' + {1})"
            " AND last_day(DATE '1970-01-01' + {1}) <> DATE '1970-01-01' + {1} THEN 1 ELSE 0 END)"
        ),
        "replaced": "regexp_replace({0}, {1}, {2}, 'g')",
        "characters": "CAST(length({0}) AS INTEGER)",
        "is_number": f"(length({{0}}) <= 100 AND regexp_full_match({{0}}, '{_NUMBER}'))",
        "is_short_number": f"regexp_full_match({{0}}, '{_SHORT}')".replace("{1,10}", "{{1,10}}").replace(
            "{1,8}", "{{1,8}}"
        ),
        "number": (f"(CASE WHEN regexp_full_match({{0}}, '{_SHORT}') THEN TRY_CAST({{0}} AS DECIMAL(18, 8)) END)")
        .replace("{1,10}", "{{1,10}}")
        .replace("{1,8}", "{{1,8}}"),
    },
    {
        "boolean": "BOOLEAN",
        "text": "VARCHAR",
        "strings": "VARCHAR[]",
        "integer": "INTEGER",
        "bigint": "BIGINT",
        "decimal": "DECIMAL(18, 8)",
    },
)

_EPOCH: Final = "DATE '1970-01-01'"
_SPARK_NUMBER: Final = r"^[+-]?[0-9]+(\\.[0-9]+)?\\z"
_SPARK_SHORT: Final = r"^[+-]?0*[0-9]{{1,10}}(\\.[0-9]{{1,8}})?\\z"

SPARK: Final = Dialect(
    "spark",
    {
        "same": "({0} <=> {1})",
        "has": "array_contains({0}, {1})",
        "is_empty": "(size({0}) = 0)",
        "div": "({0} div {1})",
        "day_of": "CAST((({0} + {1} * CAST({2} AS BIGINT)) div {1}) - {2} AS INT)",
        "time_of": "(({0} + {1} * CAST({2} AS BIGINT)) % {1})",
        "add_months": f"datediff(add_months(date_add({_EPOCH}, {{0}}), {{1}}), {_EPOCH})",
        "month_end": f"datediff(last_day(date_add({_EPOCH}, {{0}})), {_EPOCH})",
        "year_end": f"datediff(make_date(year(date_add({_EPOCH}, {{0}})), 12, 31), {_EPOCH})",
        "year": f"year(date_add({_EPOCH}, {{0}}))",
        "month": f"month(date_add({_EPOCH}, {{0}}))",
        "day": f"day(date_add({_EPOCH}, {{0}}))",
        "months": (
            f"((year(date_add({_EPOCH}, {{1}})) - year(date_add({_EPOCH}, {{0}}))) * 12"
            f" + month(date_add({_EPOCH}, {{1}})) - month(date_add({_EPOCH}, {{0}}))"
            f" - CASE WHEN day(date_add({_EPOCH}, {{0}})) > day(date_add({_EPOCH}, {{1}}))"
            f" AND last_day(date_add({_EPOCH}, {{1}})) <> date_add({_EPOCH}, {{1}}) THEN 1 ELSE 0 END)"
        ),
        "replaced": "regexp_replace({0}, {1}, {2})",
        "characters": "length({0})",
        "is_number": f"(length({{0}}) <= 100 AND {{0}} RLIKE '{_SPARK_NUMBER}')",
        "is_short_number": f"({{0}} RLIKE '{_SPARK_SHORT}')",
        "number": f"(CASE WHEN {{0}} RLIKE '{_SPARK_SHORT}' THEN TRY_CAST({{0}} AS DECIMAL(18, 8)) END)",
    },
    {
        "boolean": "BOOLEAN",
        "text": "STRING",
        "strings": "ARRAY<STRING>",
        "integer": "INT",
        "bigint": "BIGINT",
        "decimal": "DECIMAL(18, 8)",
    },
)
