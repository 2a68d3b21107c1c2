"""QFR: one computed along a lumen, and how the measurements get into a record."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from precise_cal.desk.errors import DeskError
from precise_cal.desk.roles import Act
from precise_cal.desk.store.log import add
from precise_cal.desk.web.access import actor, page
from precise_cal.desk.web.pages import show
from precise_cal.gate.canonical import sha256
from precise_cal.qfr.errors import QfrError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from precise_cal.qfr.lumen.analysis import Analysis

_NAME = "lumen.csv"


@page(Act.QFR, "GET", "POST")
def qfr(request: HttpRequest) -> HttpResponse:
    """The form; with a lumen, what QFR is along it."""
    typed = {name: request.POST.get(name, default) for name, default in (("velocity", ""), ("pressure", "100"))}
    found, problems = None, list[str]()
    if request.method == "POST":
        try:
            found = _computed(request, typed)
        except (QfrError, DeskError) as error:
            problems = str(error).splitlines()
    return show(request, "qfr.html", 400 if problems else 200, typed=typed, found=found, problems=problems)


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
