"""The form as FHIR R4 Questionnaires: one for each table, answered once for each participant or item.

An answer that is not known is left out; what may be chosen has a choice for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.crf.form import LABELS, UNKNOWN
from precise_cal.exchange.form_map import Dialect, map_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.exchange.crf.form import Form, FormSheet, Question
    from precise_cal.exchange.forms import FormColumn, FormTable

_KIND: Final = "QuestionnaireResponse"
_TYPES: Final = {
    "decimal": ("decimal", "valueDecimal"),
    "quantity": ("decimal", "valueDecimal"),
    "integer": ("integer", "valueInteger"),
    "date": ("date", "valueDate"),
    "instant": ("dateTime", "valueDateTime"),
}
_TEXT: Final = ("string", "valueString")
_TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
_BOUNDS: Final = (
    "http://hl7.org/fhir/StructureDefinition/minValue",
    "http://hl7.org/fhir/StructureDefinition/maxValue",
)


def canonical(form: Form, sheet: FormSheet) -> str:
    """The URL by which answers name the questionnaire of a table."""
    return f"urn:precise-cal:{form.study}:{sheet.code}"


def questionnaires(form: Form) -> Iterator[tuple[str, bytes]]:
    """The name of each file, and what is in it."""
    for sheet in form.sheets:
        document = {
            "resourceType": "Questionnaire",
            "url": canonical(form, sheet),
            "name": f"Form_{sheet.code}",
            "title": sheet.en,
            "_title": _translated(sheet.zh),
            "status": "active",
            "subjectType": ["Patient"],
            "item": [_item(form, one) for one in sheet.questions],
        }
        text = json.dumps(document, ensure_ascii=False, indent=1)
        yield f"questionnaire-{sheet.code}.json", text.encode() + b"\n"


def answer_of(asked: Question) -> tuple[str, str]:
    """The type of an item, and the name of its answers' value."""
    if _is_chosen(asked):
        return "choice", "valueCoding"
    return _TEXT if asked.column.is_list else _TYPES.get(asked.column.kind, _TEXT)


def _is_chosen(asked: Question) -> bool:
    return bool(asked.choices) and (not asked.column.is_list or asked.column.kind == "rows")


def _translated(zh: str) -> dict[str, Any]:
    parts = [{"url": "lang", "valueCode": "zh"}, {"url": "content", "valueString": zh}]
    return {"extension": [{"url": _TRANSLATION, "extension": parts}]}


def _item(form: Form, asked: Question) -> dict[str, Any]:
    kind, value = answer_of(asked)
    item: dict[str, Any] = {"linkId": asked.code, "text": asked.en, "_text": _translated(asked.zh), "type": kind}
    if asked.column.field is None:
        item["required"] = True
    if _is_chosen(asked):
        said = LABELS[UNKNOWN]
        chosen = [(one.word, one.en, one.zh) for one in asked.choices]
        words = (*chosen, (UNKNOWN, said, form.catalog("zh")(said)))
        item["answerOption"] = [
            {"valueCoding": {"code": word, "display": en, "_display": _translated(zh)}} for word, en, zh in words
        ]
    bounds = [(url, bound) for url, bound in zip(_BOUNDS, asked.range, strict=True) if bound is not None]
    if value in ("valueDecimal", "valueInteger") and bounds:
        read = int if value == "valueInteger" else float
        item["extension"] = [{"url": url, value: read(bound)} for url, bound in bounds]
    return item


def questionnaire_map(form: Form) -> dict[str, Any]:
    """The map that reads the answers: a bundle, or one response a line."""

    def name(table: FormTable, column: FormColumn) -> str:
        asked = form.sheet(table).of(column)
        _, value = answer_of(asked)
        return f"item[{asked.code}].answer.{value}{'.code' if value == 'valueCoding' else ''}"

    def rows(table: FormTable) -> Mapping[str, Any]:
        return {
            "kind": _KIND,
            "take": {"questionnaire": [canonical(form, form.sheet(table))], "status": ["completed", "amended"]},
            "leave": {"questionnaire": ["*"], "status": ["in-progress", "entered-in-error", "stopped"]},
        }

    def codes(table: FormTable, column: FormColumn) -> Mapping[str, Any] | str:
        return {one.word: one.value for one in form.sheet(table).of(column).choices} or "as_is"

    source = {
        "files": ["*.json", "*.ndjson"],
        "format": "fhir",
        "zone": form.zone,
        "missing": {UNKNOWN: UNKNOWN},
        "ignore": [
            "resourceType", "id", "meta*", "identifier*", "subject*", "author*", "source*", "encounter*", "language",
            "text*", "item.linkId", "item.text", "item.answer.valueCoding.system", "item.answer.valueCoding.display",
        ],
        "may_lack": ["item.*"],
    }  # fmt: skip
    return map_of(form.tables, {"answers": source}, form.stated, Dialect(name, codes, rows=rows), lambda _: "answers")
