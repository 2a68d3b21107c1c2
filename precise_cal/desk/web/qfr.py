"""QFR: one computed along a lumen, and how the measurements get into a record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from precise_cal.desk import here
from precise_cal.desk.errors import DeskError
from precise_cal.desk.measuring import enter
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.log import add
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import language_of, problems_of, show
from precise_cal.exchange.measurement import Occasion
from precise_cal.gate.canonical import sha256
from precise_cal.protocol.errors import PreciseError
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from precise_cal.desk.measuring import Entered
    from precise_cal.qfr.lumen.analysis import Analysis

_NAME = "lumen.csv"
_TYPED = (
    ("velocity", ""),
    ("pressure", "100"),
    ("participant", ""),
    ("phase", ""),
    ("acquired_at", ""),
    ("assessor", ""),
)


@page(Act.QFR, "GET", "POST")
def qfr(request: HttpRequest) -> HttpResponse:
    """The forms; with a lumen, what QFR is along it; with a saved result, in whose record it stands now."""
    typed = {name: request.POST.get(name, default) for name, default in _TYPED}
    found, entered, problems = None, None, list[str]()
    may_enter = may(request.user.role, Act.GATE)
    if request.method == "POST":
        try:
            if "step" in request.POST and may_enter:
                entered = _entered(request, typed)
            else:
                found = _computed(request, typed)
        except (QfrError, PreciseError) as error:
            problems = problems_of(error) if isinstance(error, PreciseError) else str(error).splitlines()
    return show(
        request, "qfr.html", 400 if problems else 200, typed=typed, found=found, entered=entered, problems=problems,
        choices=_choices(request) if may_enter else None,
    )  # fmt: skip


def _choices(request: HttpRequest) -> dict[str, list[tuple[str, str]]] | None:
    """The words that a record takes for the step and for who read the film; None where it takes no QFR."""
    trial, language = here.trial(), language_of(request)
    entry, schema = trial.measured, trial.book.schema
    if entry is None:
        return None

    def labelled(name: str | None) -> list[tuple[str, str]]:
        field = schema.field((entry.list, name)) if name else None
        words = field.words if field else ()
        return [(one, schema.labels.get(one, {}).get(language, one.replace("_", " "))) for one in words]

    return {"phase": labelled(entry.phase), "assessor": labelled(entry.assessor)}


def _entered(request: HttpRequest, typed: dict[str, str]) -> Entered:
    """The saved result that was sent, in the latest record of its participant."""
    upload = request.FILES.get("result")
    if upload is None:
        raise DeskError("Choose the file of a result.")
    occasion = Occasion(None, typed["phase"], typed["acquired_at"].strip(), typed["assessor"])
    name = Path(upload.name).name[:100]
    who = typed["participant"].strip()
    return enter(here.trial(), upload.read(), name, who, site_of(request) or "", occasion, actor(request))


def _computed(request: HttpRequest, typed: dict[str, str]) -> Analysis:
    from precise_cal.qfr.lumen.analysis import Settings, analyze
    from precise_cal.qfr.lumen.flow import fixed_flow, given_flow
    from precise_cal.qfr.lumen.lumen import read_lumen

    upload = request.FILES.get("lumen")
    if upload is None:
        raise DeskError("Choose the file of a lumen.")
    data = upload.read()
    with tempfile.TemporaryDirectory(prefix="precise-desk-") as name:
        path = Path(name) / _NAME
        path.write_bytes(data)
        try:
            lumen = read_lumen(path)
        except QfrError as error:
            raise DeskError(str(error).replace(str(path), _NAME)) from None
    velocity = _number(typed["velocity"], "velocity") if typed["velocity"].strip() else None
    flow = fixed_flow() if velocity is None else given_flow(velocity)
    found = analyze(lumen, flow, Settings(_number(typed["pressure"], "pressure")), None)
    value = None if found.qfr is None else f"{found.qfr:.3f}"
    add("qfr.computed", {"lumen_sha256": sha256(data), "qfr": value}, actor(request))
    return found


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DeskError(f'{name}: "{text}" should be a number') from None
