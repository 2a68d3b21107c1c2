"""Which version of the protocol is in force where, and the two signatures that put one in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect

from precise_cal.desk import here
from precise_cal.desk import versions as acts
from precise_cal.desk.errors import DeskError
from precise_cal.desk.impact import impact
from precise_cal.desk.models import Record, User
from precise_cal.desk.roles import Act, may
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.desk.web.signing import signature_of, ways
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from precise_cal.desk.versions import Release

_TYPED = ("site", "version", "day", "approval")


@page(Act.VERSIONS)
def versions(request: HttpRequest) -> HttpResponse:
    """By site, from which day each version is in force, and what waits for a signature."""
    return _page(request, dict.fromkeys(_TYPED, ""), [])


def _page(request: HttpRequest, typed: dict[str, str], problems: list[str], status: int = 200) -> HttpResponse:
    trial, own = here.trial(), site_of(request)
    named = {*User.objects.values_list("site", flat=True), *Record.objects.values_list("site", flat=True).distinct()}
    sites = [own] if own else acts.sites_of(trial, [*named])
    rows = [(site, acts.adopted(trial, site), acts.current(trial, site)) for site in sites]
    return show(
        request, "versions.html", status, versions=trial.book.timeline.versions, rows=rows, sites=sites,
        about={one.id: one.about or "" for one in trial.book.study.versions}, steps=acts.steps(own)[::-1],
        typed=typed, problems=problems, releases=may(request.user.role, Act.RELEASE),
    )  # fmt: skip


@page(Act.RELEASE, "GET", "POST")
def release(request: HttpRequest) -> HttpResponse:
    """A release as it was typed, with whom it touches, to be signed; and the signature."""
    sent = request.POST if request.method == "POST" else request.GET
    typed = {name: sent.get(name, "").strip() for name in _TYPED}
    own = site_of(request)
    try:
        if own is not None and typed["site"] != own:
            raise DeskError(message("You release versions for { $own } alone.", own=own))
        planned = acts.planned(here.trial(), **typed)
        if request.method == "POST":
            signature, who = signature_of(request, planned.sha256, acts.MEANINGS[0])
            return redirect(f"/versions/{acts.release(here.trial(), planned, signature, who)}")
    except DeskError as error:
        return _page(request, typed, problems_of(error), 400)
    return _shown(request, planned, None, acts.MEANINGS[0], [])


@page(Act.VERSIONS, "GET", "POST")
def one(request: HttpRequest, number: int) -> HttpResponse:
    """A release: whom it touches, the second signature, or that it is withdrawn."""
    step = next((one for one in acts.steps(site_of(request)) if one.number == number), None)
    if step is None:
        return show(request, "error.html", 404, problems=["There is no such release."])
    meaning = acts.MEANINGS[1] if step.is_waiting and may(request.user.role, Act.ACTIVATE) else ""
    problems: list[str] = []
    if request.method == "POST":
        try:
            _decide(request, step, meaning)
        except DeskError as error:
            problems = problems_of(error)
        else:
            return redirect("/versions")
    return _shown(request, step.release, step, meaning, problems, 409 if problems else 200)


def _decide(request: HttpRequest, step: acts.Step, meaning: str) -> None:
    if "withdraw" in request.POST and may(request.user.role, Act.RELEASE):
        acts.withdraw(step.number, actor(request), request.POST.get("reason", ""))
    elif meaning:
        signature, who = signature_of(request, step.release.sha256, meaning)
        acts.activate(here.trial(), step.number, signature, who)
    else:
        raise DeskError("Your role does not include this step.")


def _shown(
    request: HttpRequest, one: Release, step: Any, meaning: str, problems: list[str], status: int = 200
) -> HttpResponse:
    is_open = step is None or step.is_waiting
    found = impact(here.trial(), one, unmasked=may(request.user.role, Act.UNMASKED)) if is_open else None
    return show(
        request, "release.html", status, one=one, step=step, meaning=meaning, problems=problems, found=found,
        ways=ways(request, one.sha256, meaning) if meaning else None,
        withdraws=step is not None and is_open and may(request.user.role, Act.RELEASE),
    )  # fmt: skip
