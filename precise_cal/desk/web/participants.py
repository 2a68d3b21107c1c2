"""Participants, deviations and queries: what the latest records show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from precise_cal.desk import here, review
from precise_cal.desk.last_seen import visit, visit_until
from precise_cal.desk.numbers import number_of
from precise_cal.desk.roles import Act, may
from precise_cal.desk.store.log import add
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from precise_cal.protocol.report import Deviation, Subject

_PER_PAGE = 100


@page(Act.PARTICIPANTS)
def participants(request: HttpRequest) -> HttpResponse:
    """Who there is, and how far each has come."""
    site = site_of(request)
    names = review.participants(site)
    unmasked = _unmasked(request, any(one.is_randomized for one in names))
    last = max((one.event for one in names), default=0)
    until = visit_until(request.user, request.path, request.session.session_key or "", last)
    new = [one for one in names if one.event > until.number] if until.at else []
    is_new_alone = request.GET.get("new") == "1"
    part = _part(request, new if is_new_alone else names, lambda one: one.site)
    part["rows"] = [(row, until.at and row.name.event > until.number) for row in review.rows_of(part["rows"], site)]
    return show(request, "participants.html", unmasked=unmasked, since=until.at, new_count=len(new),
                new_alone=is_new_alone, **part)  # fmt: skip


@page(Act.PARTICIPANTS)
def deviations(request: HttpRequest) -> HttpResponse:
    """Candidates for protocol deviations."""
    rows = [(one, deviation) for one in _judged(request) for deviation in one.subject.deviations]
    keys = [f"{one.subject.subject_id}|{found.rule}|{found.code}|{found.item}" for one, found in rows]
    part = _with_new(request, rows, keys)
    part["rows"] = [
        (one, found, _sentences(one.subject, found), _moment(found), is_new) for (one, found), is_new in part["rows"]
    ]
    return show(request, "deviations.html", **part)


@page(Act.PARTICIPANTS)
def queries(request: HttpRequest) -> HttpResponse:
    """What to ask the sites."""
    rows = [(one, query) for one in _judged(request) for query in one.subject.queries]
    keys = [f"{one.subject.subject_id}|{asked.rule}|{asked.pointer}" for one, asked in rows]
    return show(request, "queries.html", **_with_new(request, rows, keys))


def _with_new(request: HttpRequest, rows: list[Any], keys: list[str]) -> dict[str, Any]:
    """Rows with whether each is new since the reader's last visit; only those where the address asks for them."""
    since = visit(request.user, request.path, request.session.session_key or "", keys)
    marked = [(row, place in since.new) for place, row in enumerate(rows)]
    is_new_alone = request.GET.get("new") == "1"
    part = _part(request, [one for one in marked if one[1] or not is_new_alone], lambda row: row[0][0].site)
    return part | {"since": since.at, "new_count": len(since.new), "new_alone": is_new_alone}


def _sentences(subject: Subject, deviation: Deviation) -> list[str]:
    """What the rule of a deviation says of it; nothing where that is masked."""
    said = [one for verdict in subject.verdicts if verdict.id == deviation.rule for one in verdict.says]
    return [one.text for one in said if deviation.item in (None, one.item)]


def _moment(deviation: Deviation) -> datetime | str:
    """When it occurred: an instant, or what is known of the day."""
    text = deviation.occurred_at or ""
    return datetime.fromisoformat(text) if "T" in text else text


def _judged(request: HttpRequest) -> list[review.Judged]:
    return review.judged(here.trial(), site_of(request), datetime.now(UTC), unmasked=_unmasked(request, shown=True))


def _unmasked(request: HttpRequest, shown: bool) -> bool:
    """Whether arms are shown; that they are is an event."""
    is_unmasked = may(request.user.role, Act.UNMASKED)
    if is_unmasked and shown:
        add("view.unmasked", {"path": request.path}, actor(request))
    return is_unmasked


def _part(request: HttpRequest, rows: Sequence[Any], site: Any) -> dict[str, Any]:
    """The rows of a page, of one site where that is asked for."""
    sites = sorted({site(one) for one in rows})
    named = request.GET.get("site", "")
    chosen = [one for one in rows if not named or site(one) == named]
    pages = max(1, -(-len(chosen) // _PER_PAGE))
    number = min(max(number_of(request.GET.get("page", "1")) or 1, 1), pages)
    start = (number - 1) * _PER_PAGE
    return {"rows": chosen[start : start + _PER_PAGE], "total": len(chosen), "sites": sites, "site": named,
            "number": number, "numbers": pages}  # fmt: skip
