"""The files of a form in a format: the form, and the map that reads what it becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import yaml

from precise_cal.exchange.crf.odm import metadata, odm_map
from precise_cal.exchange.crf.questionnaire import questionnaire_map, questionnaires
from precise_cal.exchange.crf.redcap import dictionary, redcap_map
from precise_cal.exchange.crf.workbook import workbook, workbook_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.exchange.crf.form import Form
    from precise_cal.language.wording import Language

FormFormat = Literal["xlsx", "redcap", "odm", "questionnaire"]
MAP: Final = "map.yaml"
_WORKBOOK: Final = "form.xlsx"
_HEAD: Final = (
    "# Reads what the form beside it becomes once it is filled in: precise import map.yaml FILE --out records.jsonl\n"
)


def form_files(form: Form, format_: FormFormat, language: Language, made_at: str) -> Iterator[tuple[str, bytes]]:
    """The name and content of each file.

    Args:
        form: what is asked.
        format_: of the form.
        language: of questions and choices; ODM and Questionnaires have both.
        made_at: the moment that files state, ISO 8601 with an offset.
    """
    if format_ == "xlsx":
        yield _WORKBOOK, workbook(form, language)
        yield MAP, _map(workbook_map(form, language, "*.xlsx"))
    elif format_ == "redcap":
        yield "dictionary.csv", dictionary(form, language).encode()
        yield MAP, _map(redcap_map(form))
    elif format_ == "odm":
        yield "form.xml", metadata(form, made_at)
        yield MAP, _map(odm_map(form))
    else:
        yield from questionnaires(form)
        yield MAP, _map(questionnaire_map(form))


def _map(document: dict[str, Any]) -> bytes:
    text = yaml.dump(document, Dumper=_WithoutAnchors, allow_unicode=True, sort_keys=False, width=110)
    return (_HEAD + text).encode()


class _WithoutAnchors(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write what occurs again as it is."""
        del data
        return True
