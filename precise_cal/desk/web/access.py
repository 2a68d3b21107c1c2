"""Who may see a page: signed in, with a role that includes the act; a refusal is an event."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from precise_cal.desk.people import actor_of
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.log import Actor, add
from precise_cal.desk.web.pages import show

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

AUTHENTICATED = "authenticated"
"""The key of a session under which stands how its user signed in."""
STANDING = "standing"
"""The key of a session under which stand role and site that its user signed in with."""


def page(act: Act, *methods: str) -> Callable[[View], View]:
    """A page for those whose role includes an act.

    Args:
        act: what it does.
        methods: by which it may be asked; without any, GET.
    """
    allowed = methods or ("GET",)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if "GET" in allowed else _above(request))
            if not may(request.user.role, act):
                add("access.refused", {"path": request.path, "act": act.name}, actor(request))
                return show(request, "error.html", 403, problems=["Your role does not include this page."])
            if request.method == "GET" and "GET" not in allowed:
                return redirect(_above(request))
            return view(request, *arguments, **named)

        return require_http_methods([*{*allowed, "GET"}])(guarded)

    return decorate


def _above(request: HttpRequest) -> str:
    """The page that an act stands on.

    Whoever comes to its address by going back, signing in again or choosing the other language sends nothing any more.
    """
    return f"/{request.path.split('/')[1]}"


def actor(request: HttpRequest) -> Actor:
    """The user of a request, as events name them."""
    return actor_of(request.user, request.session.get(AUTHENTICATED, "session"))


def standing_of(user: Any) -> list[str]:
    """Role and site of an account: a session ends when they become others, by whatever hand."""
    return [user.role, user.site]


def site_of(request: HttpRequest) -> str | None:
    """The one site that a user sees; None is all of them."""
    return request.user.site or None
