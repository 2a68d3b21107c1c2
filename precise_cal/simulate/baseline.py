"""A participant as screening finds them: eligible, consenting, admitted for the procedure."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.clock import at, instant

if TYPE_CHECKING:
    from random import Random

Record = dict[str, Any]

VESSELS = ("LAD", "RCA", "LCX")
VESSEL_WEIGHTS = (56, 28, 16)
SHARE_TWO_LESIONS = 0.14
YEARS_MEAN, YEARS_SD, YEARS_LEAST = 67.0, 9.0, 34


def baseline(chance: Random, site: str, number: int, day: datetime.date) -> Record:
    """The record up to admission; `day` is the day of the index procedure."""
    consent_day = day - datetime.timedelta(days=chance.choices((0, 1, 2, 3), (1, 6, 2, 1))[0])
    return {
        "schema_version": "1.0",
        "study_id": "NCT07277114",
        "protocol_version": "registry-2026-02-26",
        "site_id": site,
        "subject_id": f"{site}-{number:03}",
        "demographics": _demographics(chance, consent_day),
        "consent": {
            "written": True,
            "signed_at": instant(at(consent_day, 7.5 if consent_day == day else chance.uniform(9, 17))),
            "form_version": form_in_force(consent_day),
            "form_version_in_force": form_in_force(consent_day),
            "signer": "participant",
        },
        **_history(chance),
        "hospital": {"admitted_at": instant(at(consent_day, 7.0)), "discharged_at": None},
        "lesions": _lesions(chance),
        "disposition": {"status": "screening", "date": consent_day.isoformat()},
    }


def form_in_force(day: datetime.date) -> str:
    """The version of the consent form on a day: a second one came into force during the trial."""
    return "1.0" if day < datetime.date(2026, 11, 1) else "1.1"


def _demographics(chance: Random, consent_day: datetime.date) -> Record:
    years = max(YEARS_LEAST, round(chance.gauss(YEARS_MEAN, YEARS_SD)))
    born = consent_day - datetime.timedelta(days=round(365.25 * years + chance.randrange(1, 364)))
    sex = "male" if chance.random() < 0.72 else "female"
    if chance.random() < 0.08:  # some sites may not keep the day of birth
        return {"birth_date": born.strftime("%Y-%m"), "sex": sex}
    return {"birth_date": born.isoformat(), "sex": sex}


def _history(chance: Random) -> Record:
    presentation = chance.choices(
        ("chronic_coronary_syndrome", "unstable_angina", "nstemi", "silent_ischemia"), (48, 31, 14, 7)
    )[0]
    egfr = min(118, max(22, round(chance.gauss(74, 19))))
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
            "in_stent_restenosis_elsewhere": chance.random() < 0.06,
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


def _lesions(chance: Random) -> list[Record]:
    count = 2 if chance.random() < SHARE_TWO_LESIONS else 1
    vessels: list[str] = []
    while len(vessels) < count:
        vessel = chance.choices(VESSELS, VESSEL_WEIGHTS)[0]
        if vessel not in vessels:
            vessels.append(vessel)
    return [_lesion(chance, f"L{index}", vessel) for index, vessel in enumerate(vessels, start=1)]


def _lesion(chance: Random, name: str, vessel: str) -> Record:
    diameter = min(3.98, max(2.27, chance.gauss(2.95, 0.36)))
    return {
        "lesion_id": name,
        "vessel": vessel,
        "target": True,
        "native_vessel": True,
        "de_novo": True,
        "in_stent": False,
        "pci_indicated": True,
        "diameter_stenosis": {"value": str(min(99, max(52, round(chance.gauss(78, 9))))), "unit": "%"},
        "calcification": {
            "cag_grade": "severe" if chance.random() < 0.74 else "moderate",
            "ivus_arc": {"value": str(chance.randrange(180, 361, 5)), "unit": "deg"} if chance.random() < 0.4 else None,
        },
        "reference_vessel_diameter": [
            {
                "value": f"{diameter:.2f}",
                "unit": "mm",
                "method": chance.choices(("qca", "ivus", "visual"), (82, 14, 4))[0],
            }
        ],
        "modification": [],
        "devices": [],
        "assessments": [],
    }
