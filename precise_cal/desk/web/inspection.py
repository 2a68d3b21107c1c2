"""What an inspector looks at: what holds, what happened how often, every event with its proof."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Max

from precise_cal.desk import here
from precise_cal.desk.accounts import altered
from precise_cal.desk.listing import list_state, sealer_gap
from precise_cal.desk.models import Allocation, Event
from precise_cal.desk.roles import Act, may
from precise_cal.desk.stamping import latest_stamps
from precise_cal.desk.store.log import TREES, add, checkpoint, told
from precise_cal.desk.store.scope import whole
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_LONGEST: Final = 200_000
"""Bytes of a content that a page shows."""
_STAMPS: Final = 3


@page(Act.INSPECT)
def inspection(request: HttpRequest) -> HttpResponse:
    """The state of log, list and accounts, events by kind, and what can be taken away."""
    place, site = here.place(), site_of(request)
    state, note = checkpoint(place.config.origin, place.log_key.key)
    rows, slots = Event.objects.all(), Allocation.objects.all()
    if site:
        rows, slots = rows.filter(site=site), slots.filter(site=site)
    return show(
        request, "inspection.html", state=state, note=note, key=place.log_key.public_hex, gap=_gap(),
        altered=[] if site else altered(), stamps=latest_stamps(_STAMPS), list=list_state(), slots=slots.count(),
        kinds=rows.order_by("type").values_list("type").annotate(count=Count("number"), last=Max("at")),
        rules=here.trial().book.sha256, whole=site is None,
    )  # fmt: skip


def _gap() -> Any:
    """What the sealer opened and the log lacks, or that it does not answer; None where they agree."""
    try:
        return sealer_gap(here.place())
    except PreciseError as error:
        return problems_of(error)[0]


@page(Act.LOG)
def event(request: HttpRequest, number: int) -> HttpResponse:
    """One event with the proof that it stands in the log; an inspector sees what it is about."""
    rows, site = Event.objects.filter(pk=number).select_related("content"), site_of(request)
    row = (rows.filter(site=site) if site else rows).first()
    if row is None:
        return show(request, "error.html", 404, problems=["There is no such event."])
    content = None
    if may(request.user.role, Act.INSPECT):
        add("view.unmasked", {"path": request.path}, actor(request))
        content = _shown(bytes(row.content.data))
    with whole():
        tree, size = TREES.now()
    place = here.place()
    proof = {
        "body": bytes(row.body).decode(),
        "index": number - 1,
        "size": size,
        "path": [one.hex() for one in tree.inclusion(number - 1, size)],
        "root": tree.root(size).hex(),
    }
    note = checkpoint(place.config.origin, place.log_key.key)[1]
    return show(
        request,
        "event.html",
        number=number,
        one=told(row),
        proof=json.dumps(proof),
        size=size,
        content=content,
        note=note,
    )


def _shown(data: bytes) -> str:
    """A content as text, indented where it is JSON."""
    if len(data) > _LONGEST:
        return f"({len(data)} B)"
    try:
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1)
    except ValueError:
        return data.decode("utf-8", "replace")
