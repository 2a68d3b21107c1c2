"""FHIR R5: a study, its criteria as an EvidenceVariable, and a Library with the definitions that they name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.publish.criteria import criteria_of, definitions_of

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.exchange.publish.criteria import Criterion

_CQL: Final = "text/cql"
_REGISTRY: Final = "https://clinicaltrials.gov"


def as_fhir(book: Rulebook) -> dict[str, Any]:
    """A Bundle of ResearchStudy, EvidenceVariable and Library; every reference is within it.

    Somebody is eligible of whom every characteristic without `exclude` is true, and every one with it false.
    """
    about = book.study.study
    base = f"urn:uuid:{_uuid(book.version.sha256)}"
    parts = {"study": _study(book, base), "criteria": _variable(book, base), "definitions": _library(book)}
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": _REGISTRY, "value": about.id},
        "entry": [{"fullUrl": _url(base, place), "resource": one} for place, one in enumerate(parts.values())],
    }


def _uuid(digest: str) -> str:
    return "-".join((digest[:8], digest[8:12], f"5{digest[13:16]}", f"8{digest[17:20]}", digest[20:30]))


def _url(base: str, place: int) -> str:
    """The identifier of an entry: that of the rules, and its place."""
    return f"{base}{place:02x}"


def _study(book: Rulebook, base: str) -> dict[str, Any]:
    about = book.study.study
    study = {
        "resourceType": "ResearchStudy",
        "identifier": [{"system": _REGISTRY, "value": about.id}],
        "version": about.version,
        "title": about.title,
        "status": "active",
        "associatedParty": [{"name": about.sponsor, "role": {"text": "sponsor"}}],
        "recruitment": {"eligibility": {"reference": _url(base, 1), "type": "EvidenceVariable"}},
    }
    arms = [{"linkId": arm.code, "name": arm.title, "description": arm.quote} for arm in book.study.arms]
    return {**study, "comparisonGroup": arms} if arms else study


def _variable(book: Rulebook, base: str) -> dict[str, Any]:
    about = book.study.study
    return {
        "resourceType": "EvidenceVariable",
        "identifier": [{"system": _REGISTRY, "value": f"{about.id}-eligibility"}],
        "version": about.version,
        "title": f"Eligibility for {about.short_title}",
        "status": "active",
        "description": (
            f"Clauses as {about.source} has them, conditions in HL7 CQL over the record of the trial; the definitions "
            f"that they name stand in {_url(base, 2)}. Unknown is neither true nor false."
        ),
        "characteristic": [_characteristic(one) for one in criteria_of(book)],
    }


def _characteristic(one: Criterion) -> dict[str, Any]:
    return {
        "linkId": one.id,
        "description": one.quote,
        "note": [{"text": text} for text in one.notes],
        "exclude": one.excludes,
        "definitionExpression": {
            "description": one.title,
            "name": one.id.replace("-", "_"),
            "language": _CQL,
            "expression": one.condition,
        },
    }


def _library(book: Rulebook) -> dict[str, Any]:
    about = book.study.study
    text = base64.b64encode(definitions_of(book).encode()).decode("ascii")
    system = "http://terminology.hl7.org/CodeSystem/library-type"
    return {
        "resourceType": "Library",
        "identifier": [{"system": _REGISTRY, "value": f"{about.id}-definitions"}],
        "version": about.version,
        "title": f"Definitions of {about.short_title}",
        "status": "active",
        "type": {"coding": [{"system": system, "code": "logic-library"}]},
        "content": [{"contentType": _CQL, "data": text}],
    }
