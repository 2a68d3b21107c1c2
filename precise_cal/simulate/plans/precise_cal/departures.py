"""Departures from the protocol: one way for each deviation code.

DV-RND-03 takes the data of before, which only
the gate has seen; no record shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from precise_cal.simulate.plans.precise_cal.clock import day_after, later, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Settings

Record = dict[str, Any]
Departure: TypeAlias = "Callable[[Settings, Record, Random], bool]"
"""Changes a record, and says whether it could."""


def _set(*path: str | int, value: Any) -> Departure:
    """A departure that is one value."""

    def change(settings: Settings, record: Record, chance: Random) -> bool:
        part: Any = record
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        return True

    return change


def _no_consent(settings: Settings, record: Record, chance: Random) -> bool:
    record["consent"] |= {"written": False, "signed_at": None}
    return True


def _late_consent(settings: Settings, record: Record, chance: Random) -> bool:
    record["consent"]["signed_at"] = later(record["procedure"]["started_at"], minutes=chance.randrange(10, 90))
    return True


def _old_form(settings: Settings, record: Record, chance: Random) -> bool:
    if record["consent"]["form_version_in_force"] != "1.1":
        return False
    record["consent"]["form_version"] = "1.0"
    return True


def _minor(settings: Settings, record: Record, chance: Random) -> bool:
    day = moment_of(record["consent"]["signed_at"] or record["procedure"]["started_at"]).date()
    record["demographics"]["birth_date"] = f"{day.year - 17}-{day.month:02}-{min(day.day, 28):02}"
    return True


def _diameter(settings: Settings, record: Record, chance: Random) -> bool:
    value = chance.choice((chance.uniform(2.02, 2.24), chance.uniform(4.01, 4.3)))
    record["lesions"][0]["reference_vessel_diameter"][0]["value"] = f"{value:.2f}"
    return True


def _other_tool(settings: Settings, record: Record, chance: Random) -> bool:
    for step in record["lesions"][0]["modification"]:
        step["type"] = chance.choice(("OA", "cutting_balloon", "scoring_balloon"))
    return True


def _low_qfr(settings: Settings, record: Record, chance: Random) -> bool:
    text = f"{chance.uniform(0.72, 0.80):.2f}"
    record["qfr_measurements"][0] |= {"value": text, "reported_text": text}
    return True


def _not_analyzable(settings: Settings, record: Record, chance: Random) -> bool:
    record["angiography"] = {
        "suitable_for_qfr": False,
        "unsuitable_reasons": [chance.choice(("overlap", "foreshortening"))],
    }
    kept = [one for one in record["qfr_measurements"] if one["phase"] != "post_modification"]
    record["qfr_measurements"] = kept
    return True


def _short_life(settings: Settings, record: Record, chance: Random) -> bool:
    record["history"] |= {"life_expectancy": "less_than_one_year", "limiting_condition": True}
    return True


def _surgery(settings: Settings, record: Record, chance: Random) -> bool:
    date = day_after(record["procedure"]["started_at"], chance.randrange(30, 170))
    record["planned_surgery"] = {"planned": True, "date": date, "interferes_with_antiplatelet": True}
    return True


def _other_trial(settings: Settings, record: Record, chance: Random) -> bool:
    record["other_trial"] = {"participating": True, "interventional": True, "coronary_device": True}
    return True


def _unverifiable(settings: Settings, record: Record, chance: Random) -> bool:
    part, field = chance.choice(
        (
            ("renal", "on_dialysis"),
            ("antiplatelet", "dual_therapy_tolerated"),
            ("history", "life_expectancy"),
            ("investigator", "participation_risky"),
            ("other_trial", "participating"),
        )
    )
    record[part][field] = None
    if part == "history":
        record[part]["limiting_condition"] = None
    return True


def _randomized_early(settings: Settings, record: Record, chance: Random) -> bool:
    if not record["qfr_measurements"] or record["qfr_measurements"][0]["phase"] != "post_modification":
        return False
    record["randomization"]["at"] = later(record["qfr_measurements"][0]["acquired_at"], minutes=-3)
    return True


def _device_early(settings: Settings, record: Record, chance: Random) -> bool:
    devices = record["lesions"][0]["devices"]
    if not devices:
        return False
    devices[0]["at"] = later(record["randomization"]["at"], minutes=-chance.randrange(2, 9))
    return True


def _wrong_device(settings: Settings, record: Record, chance: Random) -> bool:
    other = "DES" if record["randomization"]["arm"] == "DCB" else "DCB"
    if any(device["role"] != "allocated" for device in record["lesions"][0]["devices"]):
        return False
    record["lesions"][0]["devices"][0] |= {"type": other, "role": "crossover"}
    return True


def _no_bailout(settings: Settings, record: Record, chance: Random) -> bool:
    lesion = record["lesions"][0]
    if record["randomization"]["arm"] != "DCB" or len(lesion["devices"]) != 1 or lesion["devices"][0]["type"] != "DCB":
        return False
    for seen in lesion["assessments"]:
        if seen["phase"] in ("after_dcb", "final"):
            seen |= {"timi": 2, "dissection": "D"}
    return True


def _crossover_with_reason(settings: Settings, record: Record, chance: Random) -> bool:
    lesion = record["lesions"][0]
    if record["randomization"]["arm"] != "DCB" or len(lesion["devices"]) != 1 or lesion["devices"][0]["type"] != "DCB":
        return False
    reason = chance.choice(("residual stenosis above 30 %", "type C dissection with normal flow", "recoil"))
    moment = later(lesion["devices"][0]["at"], minutes=7)
    lesion["devices"].append({"type": "DES", "role": "crossover", "at": moment, "reason": reason})
    return True


def _untreated_lesion(settings: Settings, record: Record, chance: Random) -> bool:
    if len(record["lesions"]) < 2:
        return False
    record["lesions"][1]["devices"] = []
    return True


def _no_angiography(settings: Settings, record: Record, chance: Random) -> bool:
    visit = record["visits"][-1] if record["visits"] else None
    if visit is None or visit["visit"] != "M12" or visit["status"] != "done":
        return False
    visit["mode"] = "telephone"
    record["qfr_measurements"] = [one for one in record["qfr_measurements"] if one["phase"] != "month_12"]
    return True


def _no_marker(settings: Settings, record: Record, chance: Random) -> bool:
    record["labs"] = record["labs"][:1]
    return True


def _no_limit(settings: Settings, record: Record, chance: Random) -> bool:
    field = chance.choice(("unit", "uln"))
    for lab in record["labs"][1:]:
        lab[field] = None
    return len(record["labs"]) > 1


def _out_of_window(settings: Settings, record: Record, chance: Random) -> bool:
    done = [visit for visit in record["visits"] if visit["status"] == "done"]
    if not done:
        return False
    visit = chance.choice(done)
    first, last = settings.visits[visit["visit"]].window
    early, late = (
        day_after(record["procedure"]["started_at"], day)
        for day in (first - chance.randrange(1, 6), last + chance.randrange(1, 12))
    )
    visit["date"] = early if chance.random() < 0.5 or late > record["data_cutoff"][:10] else late
    return True


def _missed(settings: Settings, record: Record, chance: Random) -> bool:
    done = [visit for visit in record["visits"] if visit["status"] == "done"]
    if not done or record["disposition"]["status"] not in ("on_study", "completed"):
        return False
    visit = chance.choice(done)
    visit |= {"status": "missed", "mode": None, "date": None}
    if visit["visit"] == "M12":
        record["qfr_measurements"] = [one for one in record["qfr_measurements"] if one["phase"] != "month_12"]
        record["disposition"] = {"status": "on_study", "date": record["procedure"]["started_at"][:10]}
    return True


def _impossible(settings: Settings, record: Record, chance: Random) -> bool:
    record["hospital"]["discharged_at"] = later(record["procedure"]["started_at"], days=-chance.randrange(1, 30))
    return True


DEPARTURES: Final[Mapping[str, Departure]] = {
    "DV-CON-01": _no_consent,
    "DV-CON-02": _late_consent,
    "DV-CON-03": _old_form,
    "DV-ELG-01": _minor,
    "DV-ELG-02": _set("lesions", 0, "calcification", value={"cag_grade": "mild", "ivus_arc": None}),
    "DV-ELG-03": _set("lesions", 0, "de_novo", value=False),
    "DV-ELG-04": _set("lesions", 0, "pci_indicated", value=False),
    "DV-ELG-05": _diameter,
    "DV-ELG-06": _other_tool,
    "DV-ELG-07": _low_qfr,
    "DV-ELG-08": _set("presentation", "type", value="stemi"),
    "DV-ELG-09": _set("renal", "on_dialysis", value=True),
    "DV-ELG-10": _not_analyzable,
    "DV-ELG-11": _set("lesions", 0, "in_stent", value=True),
    "DV-ELG-12": _short_life,
    "DV-ELG-13": _surgery,
    "DV-ELG-14": _set("antiplatelet", "dual_therapy_tolerated", value=False),
    "DV-ELG-15": _set("investigator", "participation_risky", value=True),
    "DV-ELG-16": _set("investigator", "can_follow_protocol", value=False),
    "DV-ELG-17": _other_trial,
    "DV-ELG-90": _unverifiable,
    "DV-RND-01": _randomized_early,
    "DV-RND-02": _device_early,
    "DV-TRT-01": _wrong_device,
    "DV-TRT-02": _no_bailout,
    "DV-TRT-03": _crossover_with_reason,
    "DV-TRT-04": _untreated_lesion,
    "DV-PRC-02": _no_angiography,
    "DV-LAB-01": _no_marker,
    "DV-LAB-02": _no_limit,
    "DV-VIS-01": _out_of_window,
    "DV-VIS-02": _missed,
    "DV-DAT-01": _impossible,
}
