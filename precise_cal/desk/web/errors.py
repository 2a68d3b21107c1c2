"""Pages for what is not there, is not allowed, or went wrong; none of them repeats what was sent."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse

from precise_cal.desk.web.pages import show

if TYPE_CHECKING:
    from django.http import HttpRequest

_LOG: Final = logging.getLogger(__name__)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's form
    """There is no such page."""
    return show(request, "error.html", 404, problems=["There is no such page."])


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's form
    """A form that is not of this session, or too old."""
    return show(request, "error.html", 403, problems=["The page was open for too long: load it again and repeat."])


def fault(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's form
    """A fault of the program: where it was goes to the server's log, without values."""
    kind, _, where = sys.exc_info()
    frames = " < ".join(f"{one.filename}:{one.lineno}" for one in reversed(traceback.extract_tb(where)[-6:]))
    _LOG.error("fault %s at %s", kind.__name__ if kind else "unknown", frames)
    text = "A fault of the program. It was written to the server's log."
    return HttpResponse(text, status=500, content_type="text/plain")
