"""Accounts and passkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from precise_cal.desk import passkeys, people
from precise_cal.desk.accounts import altered
from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Passkey, User
from precise_cal.desk.roles import ROLES, Act
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.desk.web.sessions import address_of, begin
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest


@page(Act.USERS)
def users(request: HttpRequest) -> HttpResponse:
    """Who may sign in."""
    return _page(request, [])


def _seen(request: HttpRequest) -> Any:
    """The accounts of the administrator's site, or all."""
    site = site_of(request)
    return User.objects.filter(site=site) if site else User.objects.all()


def _page(request: HttpRequest, problems: Sequence[str], link: str | None = None, status: int = 200) -> HttpResponse:
    rows = _seen(request).order_by("name").prefetch_related("passkeys")
    wrong = [] if site_of(request) else altered()
    return show(request, "users.html", status, rows=rows, roles=ROLES, problems=problems, link=link, altered=wrong)


@page(Act.USERS, "POST")
def add_user(request: HttpRequest) -> HttpResponse:
    """Make an account; the link by which it is opened is shown once."""
    posted = {name: request.POST.get(name, "").strip() for name in ("name", "role", "site", "full_name")}
    own = site_of(request)
    try:
        if own is not None and posted["site"] != own:
            raise DeskError(message("You make accounts for { $own } alone.", own=own))
        token = people.add_user(posted["name"], posted["role"], posted["site"], actor(request), posted["full_name"])
    except DeskError as error:
        return _page(request, problems_of(error), status=400)
    return _page(request, [], request.build_absolute_uri(f"/welcome/{token}"))


@page(Act.USERS, "POST")
def close(request: HttpRequest, name: str) -> HttpResponse:
    """Close an account."""
    user = _seen(request).filter(name=name, is_active=True).first()
    if user is None or user.pk == request.user.pk:
        return _page(request, ["There is no such account, or it is your own."], status=400)
    people.close_account(user, actor(request), request.POST.get("reason", "").strip() or "not stated")
    return redirect("/users")


@page(Act.APPROVE, "GET", "POST")
def approvals(request: HttpRequest) -> HttpResponse:
    """Be the second person of an enrollment."""
    problems: list[str] = []
    waiting = Passkey.objects.filter(approved_by="").exclude(user=request.user).select_related("user")
    if request.user.site:
        waiting = waiting.filter(user__site=request.user.site)
    if request.method == "POST":
        one = next((one for one in waiting if str(one.pk) == request.POST.get("passkey", "")), None)
        if one is None:
            problems = ["This passkey does not wait for an approval."]
        else:
            passkeys.approve(one, request.user, actor(request))
            return redirect("/approvals")
    rows = [(one, passkeys.fingerprint(one)) for one in waiting]
    return show(request, "approvals.html", 400 if problems else 200, rows=rows, problems=problems)


@login_required
def own(request: HttpRequest) -> HttpResponse:
    """The user's own passkeys."""
    return show(request, "account.html", rows=[(one, passkeys.fingerprint(one)) for one in request.user.passkeys.all()])


@login_required
@require_http_methods(["POST"])
def enroll(request: HttpRequest) -> HttpResponse:
    """Options for a new passkey, or the passkey that was made."""
    answer = request.POST.get("answer", "")
    if not answer:
        return HttpResponse(passkeys.enroll_options(request), content_type="application/json")
    try:
        passkeys.enroll(request, answer)
    except DeskError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"next": "/account"})


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Options to sign in by passkey, or the answer to them."""
    answer = request.POST.get("answer", "")
    if not answer:
        return HttpResponse(passkeys.login_options(request), content_type="application/json")
    try:
        user = passkeys.sign_in(request, answer, address_of(request))
    except DeskError as error:
        return JsonResponse({"error": str(error)}, status=401)
    begin(request, user, "passkey")
    return JsonResponse({"next": "/"})
