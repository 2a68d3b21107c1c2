"""What happens after discharge: contacts, events, deaths, withdrawals, and what is known at the cut-off."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from precise_cal.simulate.plans.precise_cal.clock import at, day_after, instant, moment_of
from precise_cal.simulate.plans.precise_cal.procedure import measurement

if TYPE_CHECKING:
    from random import Random

    from precise_cal.simulate.plans.precise_cal.settings import Settings

Record = dict[str, Any]


def follow_up(settings: Settings, record: Record, chance: Random, cutoff: datetime.datetime) -> None:
    """Events, contacts within their windows, and the state of participation at the cut-off."""
    start = record["procedure"]["started_at"]
    seen = (cutoff.date() - moment_of(start).date()).days
    ending = _ending(settings, chance)
    last = min(seen, ending[1]) if ending else seen
    record["events"] = _events(settings, record, chance, start, last)
    record["visits"] = _visits(settings, record, chance, start, last)
    done = {visit["visit"] for visit in record["visits"]}
    if ending and ending[1] <= seen:
        _end(record, chance, start, *ending)
    elif "M12" in done:
        record["disposition"] = {"status": "completed", "date": record["visits"][-1]["date"]}
    for row in (*record["events"], *record["qfr_measurements"]):
        _hasten(row, start, cutoff)
    record["events"].sort(key=lambda event: str(event["onset"]))
    for number, event in enumerate(record["events"], start=1):
        event["event_id"] = f"E{number}"


def _hasten(row: Record, start: str, cutoff: datetime.datetime) -> None:
    """Whatever is known of the day of the cut-off happened before it."""
    field = "onset" if "onset" in row else "acquired_at"
    if moment_of(start) <= cutoff < moment_of(row[field]):
        row[field] = instant(cutoff)


def _ending(settings: Settings, chance: Random) -> tuple[str, int] | None:
    draw = chance.random()
    for status, share in settings.endings.items():
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


def _events(settings: Settings, record: Record, chance: Random, start: str, last: int) -> list[Record]:
    events: list[Record] = []
    for kind, share in settings.events.items():
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


def _visits(settings: Settings, record: Record, chance: Random, start: str, last: int) -> list[Record]:
    visits = []
    for name, planned in settings.visits.items():
        first, final = planned.window
        day = min(final, max(first, round(chance.gauss(planned.day, planned.spread))))
        if day > last:
            break
        if chance.random() < planned.refused:
            visits.append({"visit": name, "status": "refused", "mode": None, "date": day_after(start, day)})
            continue
        visits.append({"visit": name, "status": "done", "mode": planned.mode, "date": day_after(start, day)})
        if name == "M12":
            moment = instant(at(moment_of(start).date() + datetime.timedelta(days=day), 10.5))
            for lesion in record["lesions"]:
                value = settings.procedure.qfr_month_12.draw(chance)
                record["qfr_measurements"].append(measurement(lesion["vessel"], "month_12", value, moment, "core_lab"))
    return visits
