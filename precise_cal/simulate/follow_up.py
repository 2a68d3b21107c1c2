"""What happens after discharge: contacts, events, deaths, withdrawals, and what is known at the cut-off."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.clock import at, day_after, instant, moment_of
from precise_cal.simulate.procedure import measurement

if TYPE_CHECKING:
    from random import Random

Record = dict[str, Any]

VISITS = (("M1", 30, 2.2, "telephone"), ("M6", 180, 4.5, "telephone"), ("M12", 365, 10.0, "angiography"))
WINDOWS = {"M1": (23, 37), "M6": (166, 194), "M12": (335, 395)}
"""First and last day of each window, counted from the procedure as day 0: those that the rules assume."""
ENDINGS = (("died", 0.026), ("withdrawn", 0.020), ("lost_to_follow_up", 0.014))
EVENTS = (("tlr", 0.050), ("mi", 0.018), ("stroke", 0.012), ("tvr", 0.022), ("thrombosis", 0.006))
"""Shares within a year of the procedure."""
SHARE_REFUSED = {"M1": 0.004, "M6": 0.008, "M12": 0.05}


def follow_up(record: Record, chance: Random, cutoff: datetime.datetime) -> None:
    """Events, contacts within their windows, and the state of participation at the cut-off."""
    start = record["procedure"]["started_at"]
    seen = (cutoff.date() - moment_of(start).date()).days
    ending = _ending(chance)
    last = min(seen, ending[1]) if ending else seen
    record["events"] = _events(record, chance, start, last)
    record["visits"] = _visits(record, chance, start, last)
    done = {visit["visit"] for visit in record["visits"]}
    if ending and ending[1] <= seen:
        _end(record, chance, start, *ending)
    elif "M12" in done:
        record["disposition"] = {"status": "completed", "date": record["visits"][-1]["date"]}
    record["events"].sort(key=lambda event: str(event["onset"]))
    for number, event in enumerate(record["events"], start=1):
        event["event_id"] = f"E{number}"


def _ending(chance: Random) -> tuple[str, int] | None:
    draw = chance.random()
    for status, share in ENDINGS:
        if draw < share:
            return status, chance.randrange(8, 360)
        draw -= share
    return None


def _end(record: Record, chance: Random, start: str, status: str, day: int) -> None:
    record["disposition"] = {"status": status, "date": day_after(start, day)}
    if status == "died":
        cause = chance.choices(("cardiovascular", "non_cardiovascular", "undetermined"), (50, 40, 10))[0]
        event = _event(record, chance, "death", start, day)
        record["events"].append(event | {"cause": cause, "fatal": True, "vessel": None, "lesion_id": None})


def _events(record: Record, chance: Random, start: str, last: int) -> list[Record]:
    events: list[Record] = []
    for kind, share in EVENTS:
        day = chance.randrange(3, 366)
        if chance.random() < share and day <= last:
            events.append(_event(record, chance, kind, start, day))
    return events


def _event(record: Record, chance: Random, kind: str, start: str, day: int) -> Record:
    lesion = chance.choice(record["lesions"])
    onset = at(moment_of(start).date() + datetime.timedelta(days=day), chance.uniform(0.5, 23.5))
    target = kind in ("tlr", "tvr", "thrombosis") or chance.random() < 0.6
    return {
        "type": kind,
        "onset": instant(onset),
        "fatal": False,
        "vessel": lesion["vessel"] if target else None,
        "lesion_id": lesion["lesion_id"] if kind == "tlr" else None,
        "target_vessel": target if kind in ("mi", "tvr", "thrombosis") else None,
        "certainty": chance.choice(("definite", "probable")) if kind == "thrombosis" else None,
        "clinically_indicated": chance.random() < 0.8 if kind in ("tlr", "tvr") else None,
        "adjudication": chance.choices(("confirmed", "pending", "refuted"), (76, 17, 7))[0],
    }


def _visits(record: Record, chance: Random, start: str, last: int) -> list[Record]:
    visits = []
    for name, target, spread, mode in VISITS:
        first, final = WINDOWS[name]
        day = min(final, max(first, round(chance.gauss(target, spread))))
        if day > last:
            break
        if chance.random() < SHARE_REFUSED[name]:
            visits.append({"visit": name, "status": "refused", "mode": None, "date": day_after(start, day)})
            continue
        visits.append({"visit": name, "status": "done", "mode": mode, "date": day_after(start, day)})
        if name == "M12":
            moment = instant(at(moment_of(start).date() + datetime.timedelta(days=day), 10.5))
            for lesion in record["lesions"]:
                value = min(1.0, max(0.42, chance.gauss(0.86, 0.08)))
                record["qfr_measurements"].append(measurement(lesion["vessel"], "month_12", value, moment, "core_lab"))
    return visits
