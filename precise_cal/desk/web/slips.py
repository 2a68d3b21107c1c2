"""Slips to print: a decision, and an allocation with its proof."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from precise_cal.desk import here
from precise_cal.desk.gating import has_expired
from precise_cal.desk.listing import place_in_list
from precise_cal.desk.models import Decision
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.decisions import allocation_at, allocation_of, number_of_randomization, signed
from precise_cal.desk.store.log import add, checkpoint, told
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import show
from precise_cal.protocol.verdicts import ALLOW, CRITERIA
from precise_cal.sealer.sealer import EXPIRY

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@page(Act.PARTICIPANTS)
def decision(request: HttpRequest, number: int) -> HttpResponse:
    """A decision as a slip to print."""
    rows = Decision.objects.filter(pk=number).select_related("event__content", "record")
    site = site_of(request)
    row = (rows.filter(site=site) if site else rows).first()
    if row is None:
        return show(request, "error.html", 404, problems=["There is no such decision."])
    one = signed(row, here.place().decision_key.public())
    found: list[Any] = list(one.decision.evaluation.verdicts)
    deciding = {*one.decision.evaluation.blocking, *one.decision.evaluation.missing}
    return show(
        request, "decision.html", row=row, signed=one, decision=one.decision, by=told(row.event),
        verdicts=[item for item in found if item["id"] in deciding],
        count=sum(item["kind"] in CRITERIA for item in found), expires=row.decided_at + EXPIRY,
        expired=has_expired(here.place(), here.trial(), row), slot=allocation_of(row.subject_id), allow=ALLOW,
        note=_note(),
    )  # fmt: skip


@page(Act.UNMASKED)
def allocation(request: HttpRequest, number: int) -> HttpResponse:
    """An allocation with its proof, to print and to verify in the browser."""
    row = allocation_at(number)
    if row is None or site_of(request) not in (None, row.site):
        return show(request, "error.html", 404, problems=["There is no such allocation."])
    if not may(request.user.role, Act.GATE):
        add("view.unmasked", {"path": request.path}, actor(request))
    title = next((one.title for one in here.trial().book.study.arms if one.code == row.arm), row.arm)
    proof = json.dumps(place_in_list(row))
    return show(request, "allocation.html", row=row, title=title, by=told(row.event), proof=proof, note=_note(),
                number=number_of_randomization(row))  # fmt: skip


def _note() -> str:
    """The signed state of the log, for paper."""
    place = here.place()
    return checkpoint(place.config.origin, place.log_key.key)[1]
