"""A map as a file: YAML, checked against its form and against the records of a trial; every problem at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import read_yaml
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.form import FieldSource, Items, LookUp, MapForm, NumberList, SourceForm, TableForm, UnitSource
from precise_cal.exchange.plan import make_plan
from precise_cal.language.catalog import Verbatim, lines_of, message, placed, words_of
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.exchange.plan import Plan
    from precise_cal.protocol.schema.tree import RecordSchema

_FORMS = (MapForm, SourceForm, TableForm, FieldSource, UnitSource, LookUp, NumberList, Items)


def read_map(path: Path, schema: RecordSchema) -> Plan:
    """The plan of a map.

    Raises:
        ExchangeError: it cannot be read, or does not fit the records; every problem with its place.
    """
    try:
        source = read_yaml(path, str(path))
    except RuleFileError as error:
        raise ExchangeError(words_of(error)) from None
    try:
        form = MapForm.model_validate(source.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _wrong(source, ((tuple(one["loc"]), _text(one)) for one in details)) from None
    plan, problems = make_plan(form, schema)
    if plan is None:
        raise _wrong(source, problems)
    return plan


def _wrong(source: YamlFile, problems: Iterable[tuple[tuple[str | int, ...], str]]) -> ExchangeError:
    lines = dict.fromkeys(placed(source.place(location), text) for location, text in problems)
    return ExchangeError(lines_of(lines))


def _text(detail: Any) -> str:
    name = str(detail["loc"][-1]) if detail["loc"] else "the map"
    if detail["type"] == "extra_forbidden":
        known = sorted({field.alias or key for form in _FORMS for key, field in form.model_fields.items()})
        return message(
            '"{ $name }" is no key here{ $hint }', name=name, hint=hint(name, known, "; docs/import.md lists the keys")
        )
    if detail["type"] == "missing":
        return message('the key "{ $name }" is missing', name=name)
    if detail["type"] == "literal_error":
        return message(
            "{ $name }: { $input } should be one of { $expected }",
            name=Verbatim(name),
            input=f"{detail['input']!r}",
            expected=detail["ctx"]["expected"],
        )
    if detail["type"] in ("string_type", "tuple_type", "dict_type", "int_type"):
        wanted = {
            "string_type": "a text",
            "tuple_type": "a list",
            "dict_type": "keys with values",
            "int_type": "a whole number",
        }
        return message("{ $name }: should be { $wanted }", name=Verbatim(name), wanted=wanted[detail["type"]])
    if "error" in detail.get("ctx", {}):
        return placed(name, words_of(detail["ctx"]["error"]))
    told = str(detail["msg"])
    return placed(name, f"{told[0].lower()}{told[1:]}")
