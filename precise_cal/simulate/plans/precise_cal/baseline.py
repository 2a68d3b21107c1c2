"""A participant as screening finds them: eligible, consenting, admitted for the procedure."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.plans.precise_cal.clock import at, instant
from precise_cal.simulate.plans.precise_cal.settings import drawn

if TYPE_CHECKING:
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Participants, Settings

Record = dict[str, Any]


def baseline(settings: Settings, chance: Random, site: str, number: int, day: datetime.date) -> Record:
    """The record up to admission; `day` is the day of the index procedure."""
    plan = settings.participants
    consent_day = day - datetime.timedelta(days=int(drawn(plan.consent_days_before, chance)))
    form = "1.0" if consent_day < settings.second_form_from else "1.1"
    return {
        "schema_version": "1.0",
        "study_id": "NCT07277114",
        "protocol_version": "registry-2026-02-26",
        "site_id": site,
        "subject_id": f"{site}-{number:03}",
        "demographics": _demographics(plan, chance, consent_day),
        "consent": {
            "written": True,
            "signed_at": instant(at(consent_day, 7.5 if consent_day == day else chance.uniform(9, 17))),
            "form_version": form,
            "form_version_in_force": form,
            "signer": "participant",
        },
        **_history(plan, chance),
        "hospital": {"admitted_at": instant(at(consent_day, 7.0)), "discharged_at": None},
        "lesions": _lesions(plan, chance),
        "disposition": {"status": "screening", "date": consent_day.isoformat()},
    }


def _demographics(plan: Participants, chance: Random, consent_day: datetime.date) -> Record:
    years = round(plan.years.draw(chance))
    born = consent_day - datetime.timedelta(days=round(365.25 * years + chance.randrange(1, 364)))
    sex = "male" if chance.random() < plan.male else "female"
    if chance.random() < plan.month_of_birth_only:  # some sites may not keep the day of birth
        return {"birth_date": born.strftime("%Y-%m"), "sex": sex}
    return {"birth_date": born.isoformat(), "sex": sex}


def _history(plan: Participants, chance: Random) -> Record:
    presentation = drawn(plan.presentation, chance)
    egfr = round(plan.egfr.draw(chance))
    return {
        "presentation": {"type": presentation, "stemi_onset": None},
        "renal": {
            "on_dialysis": False,
            "dialysis_required": False,
            "egfr": {"value": str(egfr), "unit": "mL/min/{1.73_m2}"},
        },
        "history": {
            "life_expectancy": "at_least_one_year",
            "limiting_condition": False,
            "in_stent_restenosis_elsewhere": chance.random() < plan.restenosis_elsewhere,
        },
        "planned_surgery": {"planned": False, "date": None, "interferes_with_antiplatelet": None},
        "antiplatelet": {"dual_therapy_tolerated": True},
        "investigator": {
            "can_adhere_to_follow_up": True,
            "participation_risky": False,
            "can_follow_protocol": True,
        },
        "other_trial": {"participating": False, "interventional": None, "coronary_device": None},
        "angiography": {"suitable_for_qfr": True, "unsuitable_reasons": []},
    }


def _lesions(plan: Participants, chance: Random) -> list[Record]:
    count = 2 if chance.random() < plan.two_lesions else 1
    vessels: list[str] = []
    while len(vessels) < count:
        vessel = drawn(plan.vessel, chance)
        if vessel not in vessels:
            vessels.append(vessel)
    return [_lesion(plan, chance, f"L{index}", vessel) for index, vessel in enumerate(vessels, start=1)]


def _lesion(plan: Participants, chance: Random, name: str, vessel: str) -> Record:
    diameter = plan.diameter.draw(chance)
    return {
        "lesion_id": name,
        "vessel": vessel,
        "target": True,
        "native_vessel": True,
        "de_novo": True,
        "in_stent": False,
        "pci_indicated": True,
        "diameter_stenosis": {"value": str(round(plan.stenosis.draw(chance))), "unit": "%"},
        "calcification": {
            "cag_grade": "severe" if chance.random() < plan.severe else "moderate",
            "ivus_arc": {"value": str(chance.randrange(180, 361, 5)), "unit": "deg"}
            if chance.random() < plan.arc_measured
            else None,
        },
        "reference_vessel_diameter": [
            {
                "value": f"{diameter:.2f}",
                "unit": "mm",
                "method": drawn(plan.method, chance),
            }
        ],
        "modification": [],
        "devices": [],
        "assessments": [],
    }
