"""Templates and what they may say: in the user's language, times in the site's zone with UTC beside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from django.middleware.csrf import get_token
from django.shortcuts import render
from jinja2 import Environment, StrictUndefined

from precise_cal.desk import here
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.log import SKEW
from precise_cal.gate.findings import findings_of
from precise_cal.language.catalog import Text, message
from precise_cal.protocol.from_json import RecordError
from precise_cal.version import __version__

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from precise_cal.desk.trial import Trial
    from precise_cal.language.wording import Language
    from precise_cal.protocol.errors import PreciseError

LANGUAGE: Final = "precise_language"
"""The cookie of the language."""
_PAGES: Final = (
    ("/gate", "Gate", Act.GATE),
    ("/participants", "Participants", Act.PARTICIPANTS),
    ("/deviations", "Deviations", Act.PARTICIPANTS),
    ("/queries", "Queries", Act.PARTICIPANTS),
    ("/qfr", "QFR", Act.QFR),
    ("/lists", "Randomization list", Act.LIST),
    ("/versions", "Protocol versions", Act.VERSIONS),
    ("/log", "Log", Act.LOG),
    ("/inspection", "Inspection", Act.INSPECT),
    ("/users", "Users", Act.USERS),
)


def environment(**options: Any) -> Environment:
    """The templates' environment; a name that is not there is an error, never a blank."""
    made = Environment(**options | {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})  # noqa: S701 - Django's backend escapes
    made.globals |= {"findings_of": findings_of, "version": __version__}
    return made


def problems_of(error: PreciseError) -> list[str]:
    """What an error says, for a catalog: every problem of a record, a message with its values, or line by line."""
    if isinstance(error, RecordError):
        return [one.words for one in error.problems]
    text = error.args[-1] if error.args else ""
    return [text] if isinstance(text, Text) else str(error).splitlines()


def language_of(request: HttpRequest) -> Language:
    """The language that was chosen, else that of the browser."""
    named = request.COOKIES.get(LANGUAGE)
    if named not in ("en", "zh"):
        named = "zh" if request.headers.get("Accept-Language", "").lower().startswith("zh") else "en"
    return cast("Language", named)


def _leads(trial: Trial, act: Act) -> bool:
    """Whether a page is among those that are offered: that of versions, where the protocol has several."""
    return act is not Act.VERSIONS or len(trial.book.timeline.versions) > 1


def show(request: HttpRequest, template: str, status: int = 200, **values: Any) -> HttpResponse:
    """A page of a template."""
    place, trial, language = here.place(), here.trial(), language_of(request)
    catalog, user = trial.catalog(language), request.user
    is_known = user.is_authenticated
    site, role = (user.site, user.role) if is_known else (None, "")
    common = {
        "t": lambda text, **found: catalog(message(text, **found) if found else text),
        "lang": {"en": "en", "zh": "zh-CN"}[language],
        "study": trial.book.study.study,
        "demo": place.config.demo,
        "csrf": get_token(request),
        "time": lambda moment: trial.time(moment, site),
        "user": user if is_known else None,
        "pages": [one[:2] for one in _PAGES if may(role, one[2]) and _leads(trial, one[2])],
        "here": request.path,
        "how": lambda text: ", ".join(catalog(one) for one in (text or "").split(", ")),
        "now": round(datetime.now(UTC).timestamp() * 1000),
        "skew": int(SKEW.total_seconds()),
        "may": lambda act: may(role, Act[act]),
    }
    return render(request, template, common | values, status=status)
