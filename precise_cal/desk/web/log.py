"""The log's pages: events, checkpoint, and what a browser or a witness needs to verify them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from precise_cal.desk import here
from precise_cal.desk.accounts import altered
from precise_cal.desk.errors import DeskError
from precise_cal.desk.listing import sealer_gap
from precise_cal.desk.models import Event
from precise_cal.desk.numbers import number_of
from precise_cal.desk.roles import Act
from precise_cal.desk.stamping import latest_stamps, stamp_at
from precise_cal.desk.store.log import TREES, add, checkpoint, events, told
from precise_cal.desk.store.scope import whole
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.log.bundle import write_bundle
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from django.http import HttpRequest

_PER_PAGE = 50
_STAMPS = 5


@page(Act.LOG)
def log(request: HttpRequest) -> HttpResponse:
    """The newest events of the user's site, or of all, and the state of the log."""
    place, site = here.place(), site_of(request)
    state, note = checkpoint(place.config.origin, place.log_key.key)
    before = number_of(request.GET.get("before", ""))
    rows = Event.objects.order_by("-number")
    rows = rows.filter(site=site) if site else rows
    type_ = request.GET.get("type", "")
    rows = rows.filter(type=type_) if type_ else rows
    shown = [*(rows if before is None else rows.filter(number__lt=before))[:_PER_PAGE]]
    try:
        gap: str | None = sealer_gap(place)
    except SealerError as error:
        gap = problems_of(error)[0]
    return show(
        request, "log.html", rows=[(one.number, told(one)) for one in shown], state=state, note=note, gap=gap,
        altered=[] if site else altered(), type=type_,
        key=place.log_key.public_hex, stamps=latest_stamps(_STAMPS),
        older=shown[-1].number if len(shown) == _PER_PAGE else None,
    )  # fmt: skip


@page(Act.LOG)
@whole()
def leaves(request: HttpRequest) -> HttpResponse:
    """What the browser makes the root of: the events that the user may see, the hashes of the others."""
    place, site = here.place(), site_of(request)
    tree, size = TREES.now()
    rows: list[Any] = []
    for one in events():
        if one.number > size:
            break
        is_seen = site is None or one.site == site
        rows.append(bytes(one.body).decode() if is_seen else {"hash": tree[one.number - 1].hex()})
    note = checkpoint(place.config.origin, place.log_key.key)[1] if len(tree) == size else ""
    return JsonResponse({"leaves": rows, "note": note, "key": place.log_key.public_hex})


@page(Act.EXPORT, "POST")
@whole()
def bundle(request: HttpRequest) -> HttpResponse:
    """The log as a file that `precise log verify` verifies; taking it is an event in it."""
    place = here.place()
    if site_of(request) is not None:
        raise DeskError("The whole log is not for one site.")
    add("export.log", {}, actor(request))
    data, _ = write_bundle((told(one) for one in events()), place.config.origin, place.log_key.key)
    return HttpResponse(data, content_type="application/octet-stream",
                        headers={"Content-Disposition": 'attachment; filename="log.bundle"'})  # fmt: skip


@page(Act.LOG)
def stamp(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """A stamp as the files that `precise log stamp` verifies: the checkpoint, or the authority's answer."""
    found = stamp_at(number)
    if found is None:
        return show(request, "error.html", 404, problems=["There is no such stamp."])
    data, name = (found.note.encode(), "checkpoint") if kind == "checkpoint" else (found.response, "tsr")
    return HttpResponse(data, content_type="application/octet-stream",
                        headers={"Content-Disposition": f'attachment; filename="log-{found.size}.{name}"'})  # fmt: skip


@require_GET
def public_checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """The signed state of the log, for witnesses: a number and a hash, nothing else."""
    place = here.place()
    _, note = checkpoint(place.config.origin, place.log_key.key)
    return HttpResponse(note, content_type="text/plain; charset=utf-8")


@require_GET
def consistency(request: HttpRequest) -> HttpResponse:
    """The proof that the log begins with an earlier state, for witnesses."""
    tree, now = TREES.now()
    old, size = number_of(request.GET.get("old", "")), number_of(request.GET.get("size", str(now)))
    if old is None or size is None or not 0 < old <= size <= now:
        return JsonResponse({"error": "old and size should be numbers of events that the log had"}, status=400)
    return JsonResponse({"path": [one.hex() for one in tree.consistency(old, size)]})
