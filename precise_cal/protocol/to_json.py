"""From the report model to JSON: the same findings always give the same bytes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from precise_cal.protocol.report import Report, Subject, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import TypeAdapter

    from precise_cal.protocol.report import Protocol, Software

Row = TypeVar("Row")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def rows_of(kind: type[Row], values: Iterable[Row]) -> list[object]:
    """Parts of a report as objects of JSON have them, each by its members."""
    adapter: TypeAdapter[Row] = _adapter(kind)  # type: ignore[arg-type]
    return [adapter.dump_python(value) for value in values]


def subject_json(subject: Subject) -> bytes:
    """One participant's findings as a JSON object."""
    return orjson.dumps(subject)


def report_json(report: Report) -> bytes:
    """A whole report as a JSON object."""
    return orjson.dumps(report)


def summary_json(summary: Summary) -> bytes:
    """The counts as a JSON object."""
    return orjson.dumps(summary)


def head_json(generated_at: str, software: Software, protocol: Protocol) -> bytes:
    """The beginning of a report, up to its list of subjects, which can then be written one by one."""
    empty = Report("1.0", generated_at, software, protocol, (), Summary(0, {}, {}, 0))
    return report_json(empty).split(b',"subjects":', 1)[0]


def report_schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    schema = _adapter(Report).json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Findings of precise check (contract, section 3)",
        **schema,
    }
