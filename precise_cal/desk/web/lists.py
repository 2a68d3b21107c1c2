"""The randomization list's ceremony, and its verification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from precise_cal.desk import designs as designing
from precise_cal.desk import here, listing
from precise_cal.desk import selection as selecting
from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Allocation
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.decisions import numbers_of
from precise_cal.desk.store.log import add
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.yaml_source import parse_yaml
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from django.http import HttpRequest

_ROLES = {"statistician": Act.PLAN, "sponsor": Act.SHARE}


@page(Act.LIST)
def lists(request: HttpRequest) -> HttpResponse:
    """How far the ceremony has come, and the slots that were opened."""
    return _page(request, [])


def _page(request: HttpRequest, problems: list[str], status: int = 200) -> HttpResponse:
    state, site = listing.list_state(), site_of(request)
    try:
        sealer = listing.status(here.place())
    except SealerError as error:
        sealer, problems = None, [*problems, str(error)]
    rows = Allocation.objects.select_related("event").order_by("event_id")
    slots = [*(rows.filter(site=site) if site else rows)]
    is_unmasked = may(request.user.role, Act.UNMASKED)
    if is_unmasked and slots:
        add("view.unmasked", {"path": request.path}, actor(request))
    return show(
        request, "lists.html", status, state=state, sealer=sealer, problems=problems, slots=slots[-100:],
        total=len(slots), unmasked=is_unmasked, party=_party(request), numbers=numbers_of(),
        whole=is_unmasked and site is None,
    )  # fmt: skip


def _party(request: HttpRequest) -> str | None:
    """The party of the ceremony that the user's role is."""
    return next((party for party, act in _ROLES.items() if may(request.user.role, act)), None)


@page(Act.LIST, "POST")
def step(request: HttpRequest) -> HttpResponse:
    """A step of the ceremony."""
    who, party, name = actor(request), _party(request), request.POST.get("step", "")
    try:
        if party is None or (name in ("plan", "public") and party != "statistician"):
            raise DeskError("Your role does not include this step.")
        if name == "plan":
            stratify = request.POST.get("stratify", "").strip()
            listing.set_plan(here.place(), here.trial(), _yaml(request.POST.get("plan", "")), who, stratify)
        elif name == "commit":
            listing.commit(party, request.POST.get("sha256", ""), who)
        elif name == "public":
            listing.publish(request.POST.get("source", ""), request.POST.get("value", ""), who)
        elif name == "share":
            listing.share(here.place(), party, request.POST.get("encrypted", ""), who)
        else:
            raise DeskError("There is no such step.")
    except (DeskError, SealerError) as error:
        return _page(request, problems_of(error), 409)
    return redirect("/lists")


@page(Act.PLAN, "GET", "POST")
def designs(request: HttpRequest) -> HttpResponse:
    """How balanced and how guessable designs are, for the statistician before the choice; nothing of it is kept."""
    first = designing.first_designs([one.code for one in here.trial().book.study.arms])
    typed = {name: request.POST.get(name, str(default)) for name, default in designing.NUMBERS}
    text, rows, problems = request.POST.get("designs", first), list[designing.Row](), list[str]()
    if request.method == "POST":
        try:
            rows = designing.compared(typed, _yaml(text))
        except DeskError as error:
            problems = problems_of(error)
    return show(
        request, "designs.html", 400 if problems else 200, typed=typed, designs=text, rows=rows, problems=problems
    )


@page(Act.SELECTION)
def selection(request: HttpRequest) -> HttpResponse:
    """Who was allowed and never randomized, by the arm to be expected; behind letters for who may see no arms."""
    if site_of(request) is not None:
        raise DeskError("The whole list is not for one site.")
    arms = [one.code for one in here.trial().book.study.arms]
    is_masked = not may(request.user.role, Act.UNMASKED)
    if not is_masked:
        add("view.unmasked", {"path": request.path}, actor(request))
    names = selecting.masked_names(arms, here.place().secret) if is_masked else dict(zip(arms, arms, strict=True))
    found = selecting.selection(here.trial(), datetime.now(UTC))
    return show(request, "selection.html", found=found, names=names, masked=is_masked)


def _yaml(text: str) -> object:
    try:
        return parse_yaml(text.encode(), "YAML").data
    except RuleFileError as error:
        raise DeskError(str(error)) from None


@page(Act.UNMASKED, "POST")
def bundle(request: HttpRequest) -> HttpResponse:
    """The list as a file that `precise lists verify` verifies: the opened slots with their proofs."""
    if site_of(request) is not None:
        raise DeskError("The whole list is not for one site.")
    add("export.list", {}, actor(request))
    data = listing.bundle(listing.list_state()).model_dump_json(indent=1)
    return HttpResponse(data, content_type="application/json",
                        headers={"Content-Disposition": 'attachment; filename="list.json"'})  # fmt: skip


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Where anybody verifies a list in the browser; the file is not sent."""
    return show(request, "verify.html")
