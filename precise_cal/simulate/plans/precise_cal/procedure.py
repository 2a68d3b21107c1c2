"""The index procedure: modification, QFR, randomization, device, hospital stay, markers."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.plans.precise_cal.clock import ZONE, at, instant, later
from precise_cal.simulate.plans.precise_cal.settings import drawn

if TYPE_CHECKING:
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Procedure

Record = dict[str, Any]


def modify_and_measure(plan: Procedure, record: Record, chance: Random, day: datetime.date) -> None:
    """Calcium modification of every lesion, and the QFR of its vessel."""
    start = at(day, chance.uniform(8.5, 15.0))
    record["procedure"] = {"started_at": instant(start), "ended_at": None}
    clock = start + datetime.timedelta(minutes=chance.randrange(12, 25))
    for lesion in record["lesions"]:
        tools = [drawn(plan.tool, chance)]
        tools += ["noncompliant_balloon"] if chance.random() < plan.balloon_after else []
        for tool in tools:
            end = clock + datetime.timedelta(minutes=chance.randrange(6, 22))
            lesion["modification"].append(
                {"type": tool, "started_at": instant(clock), "ended_at": instant(end), "completed": True}
            )
            clock = end + datetime.timedelta(minutes=2)
        lesion["assessments"].append(
            _seen("after_modification", clock, 3, drawn(plan.dissection_after_modification, chance))
        )
    record["qfr_measurements"] = []
    for lesion in record["lesions"]:
        clock += datetime.timedelta(minutes=chance.randrange(3, 9))
        value = plan.qfr.draw(chance)
        record["qfr_measurements"].append(measurement(lesion["vessel"], "post_modification", value, instant(clock)))


def measurement(vessel: str, phase: str, value: float, moment: str, assessor: str = "site") -> Record:
    """A QFR with two decimals, as software prints it."""
    text = f"{value:.2f}"
    return {
        "vessel": vessel,
        "phase": phase,
        "value": text,
        "reported_text": text,
        "acquired_at": moment,
        "assessor": assessor,
    }


def randomize_and_treat(plan: Procedure, record: Record, chance: Random, arm: str, number: int) -> None:
    """Allocation, and the allocated device in every lesion; the bailout that the protocol prescribes."""
    allocated = later(record["qfr_measurements"][-1]["acquired_at"], minutes=chance.randrange(3, 12))
    record["randomization"] = {"at": allocated, "arm": arm, "number": f"R{number:04}"}
    clock = allocated
    for lesion in record["lesions"]:
        clock = later(clock, minutes=chance.randrange(5, 15))
        lesion["devices"].append({"type": arm, "role": "allocated", "at": clock, "reason": None})
        clock = later(clock, minutes=5)
        limited = arm == "DCB" and chance.random() < plan.flow_limiting
        dissection = chance.choice("CDE") if limited else drawn(plan.dissection_after_device, chance)
        phase = "after_dcb" if arm == "DCB" else "after_des"
        lesion["assessments"].append(_seen(phase, clock, 1 if limited else 3, dissection))
        if limited:
            clock = later(clock, minutes=6)
            reason = "flow-limiting dissection"
            lesion["devices"].append({"type": "DES", "role": "bailout", "at": clock, "reason": reason})
            clock = later(clock, minutes=4)
            lesion["assessments"].append(_seen("after_des", clock, 3, "none"))
        clock = later(clock, minutes=4)
        lesion["assessments"].append(_seen("final", clock, 3, "none" if limited else dissection))
    record["procedure"]["ended_at"] = later(clock, minutes=5)
    record["disposition"] = {"status": "on_study", "date": allocated[:10]}


def end_unrandomized(record: Record) -> None:
    """The procedure of a participant who is not randomized ends without a device of the trial."""
    last = record["qfr_measurements"][-1]["acquired_at"] if record["qfr_measurements"] else None
    record["procedure"]["ended_at"] = later(last or record["procedure"]["started_at"], minutes=30)
    record |= {"randomization": None, "visits": [], "events": []}


def stay(plan: Procedure, record: Record, chance: Random) -> None:
    """Complications, markers before and after, and discharge."""
    start, end = record["procedure"]["started_at"], record["procedure"]["ended_at"]
    nights = int(drawn(plan.nights, chance))
    out = datetime.datetime.fromisoformat(end).astimezone(ZONE).date() + datetime.timedelta(days=nights)
    record["hospital"]["discharged_at"] = instant(at(out, chance.uniform(9, 12)))
    slow = chance.random() < plan.slow_flow
    record["periprocedural"] = {
        "side_branches": [_side_branch(plan, chance)] if chance.random() < plan.side_branch else [],
        "perforation": {"ellis": chance.choice(("I", "II", "III")) if chance.random() < plan.perforation else "none"},
        "no_reflow": {"occurred": slow, "worst_timi": 1 if slow else 3, "transient": True if slow else None},
    }
    record["labs"] = _labs(plan, record, chance, start, end)


def _side_branch(plan: Procedure, chance: Random) -> Record:
    lost = chance.random() < plan.side_branch_lost
    return {
        "reference_diameter": {"value": f"{chance.uniform(1.5, 2.7):.2f}", "unit": "mm"},
        "timi_pre": 3,
        "timi_final": chance.randrange(2) if lost else 3,
    }


def _labs(plan: Procedure, record: Record, chance: Random, start: str, end: str) -> list[Record]:
    test = tuple(plan.assays)[chance.random() < plan.second_assay]
    assay = plan.assays[test]
    limit, unit = assay.men if record["demographics"]["sex"] == "male" else assay.women, assay.unit
    before = float(limit) * chance.lognormvariate(-1.1, 0.6)
    peak = float(limit) * chance.lognormvariate(0.2, 1.15)
    samples = [(later(start, hours=-chance.randrange(2, 5)), before)]
    samples += [(later(end, hours=6), max(before, 0.6 * peak)), (later(end, hours=16), max(before, peak))]
    return [
        {
            "test": test,
            "value": str(max(3, round(value))),
            "comparator": None,
            "unit": unit,
            "uln": {"value": limit, "unit": unit},
            "collected_at": moment,
        }
        for moment, value in samples
    ]


def _seen(phase: str, moment: datetime.datetime | str, timi: int, dissection: str) -> Record:
    when = moment if isinstance(moment, str) else instant(moment)
    return {"phase": phase, "at": when, "timi": timi, "dissection": dissection}
