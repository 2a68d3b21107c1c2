"""The clauses of the registry record as plain conditions on JSON, written without the rules and without their engine.

Each is necessary for ALLOW: what `forbids` names is forbidden whatever else is recorded. Where a clause leaves room,
the condition is the weakest reading, so that a fault found here is a fault under every reading.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = timezone(timedelta(hours=8))
START = date(2026, 2, 1)
SKEW = timedelta(seconds=60)


def forbids(record: dict[str, Any], clock: datetime) -> list[str]:
    """Why a record may not be allowed at a clock; empty where nothing forbids it."""
    return [*_beside(record), *_consent(record, clock), *_lesions(record, clock), *_exclusions(record)]


def get(part: Any, *names: str) -> Any:
    """A value below a part; None where it is absent, null or `"unknown"`."""
    for name in names:
        part = part.get(name) if isinstance(part, dict) else None
    return None if part == "unknown" else part


def items(part: Any, name: str) -> list[Any]:
    found = get(part, name)
    return found if isinstance(found, list) else []


def at(text: Any) -> datetime | date | None:
    """An instant, or a day; None where it is known less exactly."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


def earliest(text: Any) -> datetime | None:
    """The first instant that a moment may mean."""
    found = at(text)
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=SITE)
    return None if found is None else datetime(found.year, found.month, found.day, tzinfo=SITE)


def _beside(record: dict[str, Any]) -> Iterator[str]:
    randomization = get(record, "randomization")
    if isinstance(randomization, dict) and any(get(randomization, name) is not None for name in randomization):
        yield "randomized"
    for lesion in items(record, "lesions"):
        if any(get(device, "type") is not None for device in items(lesion, "devices")):
            yield "treated"
    if get(record, "disposition", "status") in ("died", "withdrawn"):
        yield "left"
    if any(get(event, "type") == "death" for event in items(record, "events")):
        yield "dead"


def _consent(record: dict[str, Any], clock: datetime) -> Iterator[str]:
    consent = get(record, "consent")
    if get(consent, "written") is not True:
        yield "no written consent"
    signed, begun = earliest(get(consent, "signed_at")), earliest(get(record, "procedure", "started_at"))
    if signed is None or begun is None:
        yield "consent or procedure at an unknown moment"
        return
    if signed.astimezone(SITE).date() < START:
        yield "consent before the study"
    if signed > clock + SKEW or begun > clock + SKEW:
        yield "consent or procedure ahead"
    if signed > begun:
        yield "consent after the procedure began"
    if get(consent, "form_version") != get(consent, "form_version_in_force"):
        yield "another form"


def _lesions(record: dict[str, Any], clock: datetime) -> Iterator[str]:
    if not any(get(lesion, "target") is True for lesion in items(record, "lesions")):
        yield "no target lesion"
    for lesion in items(record, "lesions"):
        if get(lesion, "target") is False:
            continue
        if get(lesion, "calcification", "cag_grade") not in ("moderate", "severe"):
            yield "calcification"
        if get(lesion, "pci_indicated") is not True:
            yield "no indication"
        if get(lesion, "in_stent") is not False:
            yield "in-stent restenosis, or not known"
        if not any(_in_range(one) for one in items(lesion, "reference_vessel_diameter")):
            yield "no diameter in range"
        if not any(_is_modified(step) for step in items(lesion, "modification")):
            yield "not modified"
        if not _has_qfr(record, get(lesion, "vessel"), clock):
            yield "no QFR above 0.8"


def _in_range(diameter: Any) -> bool:
    factor = {"mm": Decimal(1), "cm": Decimal(10), "um": Decimal("0.001")}.get(str(get(diameter, "unit")))
    value = get(diameter, "value")
    if factor is None or value is None:
        return False
    return Decimal("2.25") <= Decimal(str(value)) * factor <= Decimal("4.0")


def _is_modified(step: Any) -> bool:
    return get(step, "type") in ("RA", "IVL", "ELCA") and get(step, "completed") is True


def _has_qfr(record: dict[str, Any], vessel: Any, clock: datetime) -> bool:
    """Whether the vessel has a QFR by the site above 0.8, after the modification, and not ahead of the clock."""
    ended = [
        moment
        for lesion in items(record, "lesions")
        if get(lesion, "vessel") == vessel
        for step in items(lesion, "modification")
        if get(step, "completed") is True and (moment := earliest(get(step, "ended_at"))) is not None
    ]
    for one in items(record, "qfr_measurements"):
        acquired, value = earliest(get(one, "acquired_at")), get(one, "value")
        is_ours = get(one, "vessel") == vessel and get(one, "phase") == "post_modification"
        if not is_ours or acquired is None or value is None or get(one, "assessor") not in ("site", None):
            continue
        in_time = acquired <= clock + SKEW and all(acquired >= moment for moment in ended)
        if in_time and Decimal(str(value)) > Decimal("0.8"):
            return True
    return False


def _exclusions(record: dict[str, Any]) -> Iterator[str]:
    required = {
        "EX-2": (get(record, "renal", "on_dialysis"), False),
        "EX-3": (get(record, "angiography", "suitable_for_qfr"), True),
        "EX-7": (get(record, "antiplatelet", "dual_therapy_tolerated"), True),
        "EX-8 follow-up": (get(record, "investigator", "can_adhere_to_follow_up"), True),
        "EX-8 risk": (get(record, "investigator", "participation_risky"), False),
        "EX-9": (get(record, "investigator", "can_follow_protocol"), True),
    }
    yield from (clause for clause, (value, wanted) in required.items() if value is not wanted)
    if get(record, "renal", "dialysis_required") is True:
        yield "EX-2 required"
    if get(record, "presentation", "type") in ("stemi", None):
        yield "EX-1"
    history = get(record, "history")
    if get(history, "limiting_condition") is not False and get(history, "life_expectancy") != "at_least_one_year":
        yield "EX-5"
    if get(record, "planned_surgery", "planned") is None and get(record, "planned_surgery", "date") is None:
        yield "EX-6"
    other = get(record, "other_trial")
    if all(get(other, name) is not False for name in ("participating", "interventional", "coronary_device")):
        yield "EX-10"
    yield from _age(record)


def _age(record: dict[str, Any]) -> Iterator[str]:
    signed = earliest(get(record, "consent", "signed_at"))
    born, stated = get(record, "demographics", "birth_date"), get(record, "demographics", "age_at_consent")
    if isinstance(stated, int) and stated < 18:
        yield "stated age"
    if isinstance(born, str) and signed is not None and signed.astimezone(SITE).year - int(born[:4]) < 18:
        yield "age"
    if born is None and stated is None:
        yield "no age"
