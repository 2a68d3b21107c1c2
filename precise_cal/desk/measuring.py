"""Results of `precise qfr angio` into the latest records of participants, so that nobody types a QFR again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from precise_cal.desk.entry import record_of
from precise_cal.desk.errors import DeskError, form_error
from precise_cal.desk.models import Record
from precise_cal.desk.origins import origins_of
from precise_cal.desk.store.decisions import receive_record
from precise_cal.desk.store.log import add, writing
from precise_cal.exchange.measurement import Place, with_measurement, with_suitability
from precise_cal.gate.canonical import sha256
from precise_cal.language.catalog import message
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.provenance import Origin

if TYPE_CHECKING:
    from precise_cal.desk.store.log import Actor
    from precise_cal.desk.trial import Trial
    from precise_cal.exchange.measurement import Occasion


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Reason(_Part):
    code: str


class _Interval(_Part):
    low: float
    high: float


class _Study(_Part):
    participant: str | None = None
    acquired_at: str | None = None
    operator: str | None = None


class Result(_Part):
    """As much of a saved result as the desk reads."""

    analyzable: bool
    reasons: list[_Reason]
    qfr: float | None = Field(ge=0, le=1)
    interval: _Interval | None
    vessel: str
    study: _Study
    inputs: list[dict[str, Any]] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of a result."""

    subject_id: str
    qfr: str | None
    """As it stands in the record; None where the vessel is not analyzable."""
    is_new: bool


def read_result(data: bytes) -> Result:
    """A result from its bytes.

    Raises:
        DeskError: they are none.
    """
    try:
        members = json.loads(data)
        json.dumps(members, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        raise DeskError("This is no result of precise qfr angio: it is not JSON.") from None
    try:
        return Result.model_validate(members)
    except ValidationError as error:
        raise form_error(Result, members, error) from None


def place_of(trial: Trial) -> Place:
    """Where the records of a trial take a QFR. Raises: DeskError, where the trial does not say."""
    if trial.measured is None:
        raise DeskError("The trial's report.yaml does not say where a record takes a QFR.")
    return Place(trial.book.records, trial.measured)


def enter(trial: Trial, data: bytes, name: str, who: str, site: str, occasion: Occasion, actor: Actor) -> Entered:
    """Put a result into the latest record of its participant, with where it comes from.

    Args:
        trial: the rules.
        data: the saved result.
        name: of its file.
        who: the participant; empty: whom the study names.
        site: of a participant of whom there is no record yet.
        occasion: what the measurement says beside its number; what is empty is taken from the study.
        actor: who enters it.

    Raises:
        DeskError: it is no result, or about another participant, or of another site; something is missing.
        RecordError: the record would not be valid with it.
    """
    result, place = read_result(data), place_of(trial)
    who = _participant(result, who)
    told = {name: value or None for name, value in asdict(occasion).items()}
    full = type(occasion)(**told | {"vessel": told["vessel"] or result.vessel,
                                    "acquired_at": told["acquired_at"] or result.study.acquired_at})  # fmt: skip
    missing = full.missing(place)
    if missing:
        raise DeskError(message("To describe the measurement, name { $missing } as well.", missing=", ".join(missing)))
    with writing():
        row = Record.objects.filter(pk=skeleton(who)).select_related("content", "origins").first()
        before = bytes(row.content.data).decode("utf-8-sig") if row else _empty(trial, who, site)
        digest = sha256(data)
        if digest in before:  # this very result stands there already
            return Entered(who, _number(result), is_new=False)
        after = _with(place, before, result, full, name, digest)
        request = trial.request(after.encode())
        if actor.site is not None and request.site_id != actor.site:
            raise DeskError(
                message("This record is of site { $site }, not of { $own }.", site=request.site_id, own=actor.site)
            )
        content = {"result_sha256": digest, "vessel": result.vessel, "qfr": _number(result), "inputs": result.inputs}
        add("qfr.entered", {**content, **asdict(full)}, actor, site=request.site_id)
        origins = origins_of(row) | _origins(place, after, result, name, digest)
        receive_record(after.encode(), request.subject_id, request.site_id, actor, origins)
    return Entered(request.subject_id, _number(result), is_new=True)


def _participant(result: Result, who: str) -> str:
    named = result.study.participant or ""
    if who and named and skeleton(who) != skeleton(named):
        raise DeskError(message("The result is about { $named }, not about { $who }.", named=named, who=who))
    if not (who or named):
        raise DeskError("Name the participant: the study does not.")
    return who or named


def _empty(trial: Trial, who: str, site: str) -> str:
    """The record of a participant of whom nothing is known yet."""
    if not site:
        raise DeskError(message("There is no record of { $who } yet: name the site.", who=who))
    return record_of(trial, "en", {}, who, site, None).decode()


def _number(result: Result) -> str | None:
    return None if result.qfr is None else f"{result.qfr:.2f}"


def _with(place: Place, text: str, result: Result, occasion: Occasion, name: str, digest: str) -> str:
    if result.qfr is not None:
        text = with_measurement(place, text, result.qfr, occasion, name, digest)
    reasons = tuple(dict.fromkeys(one.code for one in result.reasons))
    return with_suitability(place, text, reasons, occasion.phase)[0]


def _origins(place: Place, text: str, result: Result, name: str, digest: str) -> dict[str, Origin]:
    """Of the number and of whether the film was suitable; what a person chose beside them has none."""
    number = _number(result)
    said = "not analyzable" if number is None else number
    if result.interval is not None:
        said += f", 95 % {result.interval.low:.2f} to {result.interval.high:.2f}"
    if result.study.operator:
        said += f", {result.study.operator}"
    origin = Origin(name, digest, None, None, None, said)
    document, entry = json.loads(text), place.entry
    pointers = [f"/{entry.list}/{len(document[entry.list]) - 1}/{entry.value}"] if number else []
    if entry.suitability is not None and result.reasons:
        pointers.append("/" + entry.suitability.suitable.replace(".", "/"))
    return dict.fromkeys(pointers, origin)
