"""What holds of every answer: its security headers, and how known errors are shown."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from django.contrib.auth import logout
from django.db import DataError
from django.http import HttpResponse

from precise_cal.desk.accounts import about
from precise_cal.desk.numbers import number_of
from precise_cal.desk.serving import MOST_BYTES
from precise_cal.desk.store.log import SYSTEM, add
from precise_cal.desk.store.scope import ALL, NONE, of_site, seen_from
from precise_cal.desk.web.access import STANDING, standing_of
from precise_cal.desk.web.pages import problems_of, show
from precise_cal.protocol.errors import PreciseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, QueryDict

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_TOO_LARGE: Final = "Too large: at most 20 MB are read. 过大：最多读取 20 MB。\n"


_NUL: Final = "A text holds the character NUL. 文本含有 NUL 字符。\n"


def security_headers(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Nothing from another host, nothing inline, nothing kept by caches in between."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response["Content-Security-Policy"] = POLICY
        response["X-Frame-Options"] = "DENY"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if not request.path.startswith("/static/"):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def bounded(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Nothing larger than `MOST_BYTES` is read, whoever sends it; a body that tells no length is not read at all."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = number_of(request.META.get("CONTENT_LENGTH") or "0")
        if length is not None and length <= MOST_BYTES:
            return answer(request)
        return HttpResponse(_TOO_LARGE, status=413, content_type="text/plain; charset=utf-8")

    return middleware


def without_nul(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """No text of an address, a cookie or a form holds the character NUL, which PostgreSQL takes in none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        texts = chain([request.path], request.COOKIES.values(), _texts(request.GET), _texts(request.POST))
        if any("\0" in one for one in texts):
            return HttpResponse(_NUL, status=400, content_type="text/plain; charset=utf-8")
        return answer(request)

    return middleware


def _texts(form: QueryDict) -> Iterator[str]:
    for name, values in form.lists():
        yield name
        yield from values


def own_site(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """PostgreSQL shows the rows of the user's site alone, whatever a query asks for; none where nobody is signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.get(STANDING) != standing_of(request.user):
            add("session.ended", {**about(request.user), "altered": True}, SYSTEM)
            logout(request)
        user = request.user
        scope = NONE if not user.is_authenticated else of_site(user.site) if user.site else ALL
        with seen_from(scope):
            return answer(request)

    return middleware


class known_errors:  # noqa: N801 - named as functions of its kind are
    """An error of ours is a page with its text and status 400, not a fault."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of an error that we know; None leaves another to Django."""
        if isinstance(error, PreciseError):
            return show(request, "error.html", 400, problems=problems_of(error))
        if isinstance(error, DataError):
            return show(request, "error.html", 400, problems=["A text or a number is none that the database can keep."])
        return None
