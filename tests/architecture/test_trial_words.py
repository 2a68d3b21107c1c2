"""No room knows a word of PRECISE CAL: fields, words and parts of its record, arms, visits, rules, deviations, scopes.

They stand in the trial's folder (``rules/``), and in the plans of the synthetic trial. What is looked at is code:
attributes, and strings that are a word or a path of words; sentences for people are not.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE: Final = Path(__file__).parents[2] / "precise_cal"
EXEMPT: Final = (
    *("rules/", "simulate/plans/", "qfr/", "reports/pullback.py", "reports/drawing/pullback.py"),
    *("cli/qfr.py", "cli/qfr_angio.py", "cli/qfr_choices.py", "cli/qfr_text.py"),
)
"""The trial itself, its plans, and QFR, its commands and its saved results: they know no trial, but lesions."""

_BY_REASON: Final[dict[str, str]] = {
    "plain words of any program": """
        value type unit date number status first reason file done none other role at test target written planned history
        confirmed refused missed
    """,
    "roles, and what the report model calls participant, site, study and arm (contract, sections 3 and 7)": """
        subject_id site_id study_id site participant arm protocol_version consent
    """,
    "the form of any trial's records (docs/trial.md)": "schema_version 1.0 sha256",
    "what documents have (report.yaml)": "criteria visits visit mode events ended_at adjudication Event",
    "what QFR says of a measurement (report.yaml)": "vessel phase assessor acquired_at analysis",
    "parameters that are taken where report.yaml names none": "study.start study.enrollment",
    "a file of the cases that come with any trial": "screening",
    "who Define-XML says that data come from": "Investigator",
    "an attribute of SVG": "stroke",
    "resource types of FHIR": "Consent Procedure",
    "a status of FHIR": "completed",
    "a type of arm (CDISC C174267)": "comparator",
    "a role of the desk": "investigator",
    "what the desk calls its events, and Django its requests": "event_id method",
}
HOUSE: Final = frozenset(word for words in _BY_REASON.values() for word in words.split())
"""Words that are the house's own as well, by the reason why."""

_PATH: Final = re.compile(r"[/.]?\w+(?:[/.-]\w+)*[/.]?\Z")


@cache
def trial_words() -> frozenset[str]:
    """Every name that the folder of PRECISE CAL gives to something of the trial."""
    files = {name: yaml.safe_load((bundled() / f"{name}.yaml").read_text(encoding="utf-8")) for name in _FILES}
    found = {word for part in _parts(files["record"]) for word in part}
    found |= {word for words in files["record"]["words"].values() for word in words} | {*files["record"]["words"]}
    found |= {one["code"] for one in files["protocol"]["arms"]}
    found |= {one[key] for one in files["protocol"]["scopes"] for key in ("id", "variable")}
    rules = [one for name in ("eligibility", "events") for one in files[name]["rules"]]
    found |= {one[key] for one in rules for key in ("id", "deviation") if key in one}
    found |= {one[key] for one in files["schedule"]["visits"] for key in ("id", "rule")}
    found |= {one["code"] for one in files["deviations"]["deviations"]}
    found |= {one["id"] for one in files["protocol"]["parameters"]}
    return frozenset(word for word in found if isinstance(word, str) and len(word) > 1 and word.isascii())


_FILES: Final = ("record", "protocol", "eligibility", "events", "schedule", "deviations")


def _parts(record: Any) -> Iterator[set[str]]:
    for name, part in {**record["parts"], "record": record["record"]}.items():
        fields = {key: one for key, one in part.items() if not key.startswith("$")}
        yield {*fields, *(() if name == "record" else (name,))}
        yield {word for one in fields.values() for word in one.get("words", ()) if isinstance(word, str)}


def words_in(source: str) -> set[str]:
    """The trial's words that code names: attributes, and strings that are one or a path of them."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _PATH.match(node.value):
            found |= {node.value, *re.split(r"[/.]", node.value)}
    return found & trial_words()


def _modules() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(EXEMPT):
            yield name, path.read_text(encoding="utf-8")


def test_no_room_names_a_word_of_the_trial() -> None:
    found = {name: sorted(words_in(source) - HOUSE) for name, source in _modules()}
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "record.randomization.at",
        "getattr(record, 'lesions')",
        'f"/qfr_measurements/{place}"',
        "'procedure.started_at'",
        "rule == 'IC-5'",
        "code in ('DV-TRT-01',)",
        "arm == 'DCB'",
        "visit.name == 'M12'",
        "scope = 'target_lesion'",
        "kind = Lesion\nname = 'Lesion'",
        "limit = parameters['qfr.threshold']",
    ],
)
def test_a_planted_word_is_seen(planted: str) -> None:
    assert words_in(planted) - HOUSE


def test_sentences_may_speak_of_the_trial() -> None:
    assert words_in('"""Devices in lesions."""\nask = "which lesion is a target lesion"') == set()


def test_nothing_is_excused_that_is_not_there() -> None:
    """An excuse that nothing needs any longer would let the word come back."""
    named = {word for _, source in _modules() for word in words_in(source)}
    assert named >= HOUSE
