"""Signing in and out, opening an account, and the language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from precise_cal.desk import here, people
from precise_cal.desk.accounts import about
from precise_cal.desk.errors import DeskError
from precise_cal.desk.store.log import add
from precise_cal.desk.web.access import AUTHENTICATED, STANDING, actor, standing_of
from precise_cal.desk.web.pages import LANGUAGE, show

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The page of signing in."""
    onward = request.POST.get("next", request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect("/")
    if request.method == "POST":
        name, password = request.POST.get("user", ""), request.POST.get("password", "")
        user = people.sign_in(name, password, request.POST.get("code", ""), address_of(request))
        if user is not None:
            begin(request, user, people.how(user))
            return redirect(_safe(onward, request))
    return show(request, "login.html", 401 if request.method == "POST" else 200, next=onward,
                failed=request.method == "POST")  # fmt: skip


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: as the proxy on this machine says, where there is one."""
    own = request.META.get("REMOTE_ADDR", "")
    if not settings.SECURE_PROXY_SSL_HEADER:
        return own
    return request.META.get("HTTP_X_FORWARDED_FOR", own).rsplit(",", 1)[-1].strip()[:64]


def begin(request: HttpRequest, user: Any, how: str) -> None:
    """Begin the session of a user."""
    login(request, user)
    request.session[AUTHENTICATED], request.session[STANDING] = how, standing_of(user)


def _safe(onward: str, request: HttpRequest) -> str:
    """A page of ours to go on to; nothing leads elsewhere."""
    is_ours = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    return onward if is_ours and onward.startswith("/") else "/"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; that is an event too."""
    if request.user.is_authenticated:
        add("session.ended", about(request.user), actor(request))
        logout(request)
    return redirect("/login")


@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The page of a link that works once: the password is set, and the code's secret shown."""
    one = people.invitation(token)
    if one is None:
        return show(request, "error.html", 404, problems=["This link was used or has expired: ask for another."])
    if request.method == "GET":
        return show(request, "welcome.html", name=one.user.name, problems=[])
    first, second = request.POST.get("password", ""), request.POST.get("again", "")
    try:
        if first != second:
            raise DeskError("The two passwords are not the same.")
        user = people.open_account(one, first)
    except DeskError as error:
        return show(request, "welcome.html", 400, name=one.user.name, problems=str(error).splitlines())
    begin(request, user, "link")
    return show(request, "secret.html", secret=user.totp_secret, new=user)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie, and go back to the page."""
    response = redirect(_safe(request.POST.get("next", "/"), request))
    named = request.POST.get("language", "")
    if named in ("en", "zh"):
        response.set_cookie(LANGUAGE, named, max_age=31_536_000, samesite="Strict", httponly=True,
                            secure=request.is_secure())  # fmt: skip
    return response


def home(request: HttpRequest) -> HttpResponse:
    """Every role's first page."""
    if not request.user.is_authenticated:
        return redirect("/login")
    first = {"administrator": "/users", "statistician": "/lists", "inspector": "/inspection"}
    return redirect(first.get(request.user.role, "/gate" if request.user.site else "/participants"))


@login_required
def offline(request: HttpRequest) -> HttpResponse:
    """What to do when the desk cannot be reached, to be printed beforehand."""
    return show(request, "offline.html", number=here.place().config.on_call)


def health(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """That the process serves."""
    return HttpResponse("ok\n", content_type="text/plain")
