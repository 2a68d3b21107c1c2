"""The gate's page: who, a record, what the rules say of it, and the signature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.shortcuts import redirect

from precise_cal.desk import entry, gating, here
from precise_cal.desk.drafts import draft_of, drop_draft, keep_draft
from precise_cal.desk.errors import DeskError, OtherSiteError
from precise_cal.desk.models import Record
from precise_cal.desk.origins import traced
from precise_cal.desk.roles import Act
from precise_cal.desk.store.decisions import elsewhere, other_site, signed
from precise_cal.desk.store.log import add, keep, kept, told
from precise_cal.desk.web.access import actor, page, site_of
from precise_cal.desk.web.pages import language_of, problems_of, show
from precise_cal.desk.web.signing import signature_of, ways
from precise_cal.gate.errors import ReasonNeededError
from precise_cal.gate.needed import marked
from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.identifiers import skeleton
from precise_cal.protocol.verdicts import CRITERIA, OPEN
from precise_cal.sealer.errors import SealerError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from precise_cal.desk.drafts import Kept
    from precise_cal.desk.gating import Considered
    from precise_cal.desk.origins import Traced
    from precise_cal.language.wording import Language

_KNOWN = "known"
"""The hidden field that names the record below the form, by its SHA-256."""
_MOST_CHOICES = 5
"""Answers that are offered as buttons."""


@page(Act.GATE, "GET", "POST")
def gate(request: HttpRequest) -> HttpResponse:
    """The form; after Check, with what the rules say. Nothing is signed here."""
    if request.method == "GET":
        if request.GET.get("draft") and (kept := draft_of(request.user, here.trial(), language_of(request))):
            return _form(request, kept.participant, _kept(kept.known), None, [], kept=kept)
        who = request.GET.get("participant", "").strip()
        base = _checked_record(request) or _known_record(request, who)
        return _form(request, who, base, None, [])
    try:
        data = _record(request)
    except PreciseError as error:
        return _form(request, request.POST.get("participant", ""), None, None, problems_of(error), 400)
    considered = gating.consider(here.place(), here.trial(), data)
    _check_site(request, considered)
    add("gate.considered", {"record": keep(data).sha256, "word": considered.word}, actor(request))
    return _form(request, considered.request.subject_id, data, considered, [])


@page(Act.GATE, "POST")
def live(request: HttpRequest) -> HttpResponse:
    """What the rules say of what is typed so far, as a piece of the page; it is kept as a draft, and nothing else."""
    posted = request.POST
    keep_draft(
        request.user,
        language_of(request),
        posted.get("participant", "").strip(),
        posted.get(_KNOWN, ""),
        _typed(request),
    )
    try:
        considered = gating.consider(here.place(), here.trial(), _record(request))
        _check_site(request, considered)
    except PreciseError as error:
        return show(request, "verdict.html", problems=problems_of(error), **_nothing())
    return show(request, "verdict.html", problems=[], **_verdict(request, considered))


@page(Act.GATE, "POST")
def sign(request: HttpRequest) -> HttpResponse:
    """Decide under signature, and allocate where that says ALLOW."""
    place, trial = here.place(), here.trial()
    data = _kept(request.POST.get("record", ""))
    if data is None:
        raise DeskError("The record is not known any more: check it again.")
    reason = request.POST.get("reason", "").strip()
    try:
        signature, who = signature_of(request, gating.digest_of(trial, data), _meaning(request, data))
        decision, slot = gating.randomize(place, trial, data, who, signature, reason)
    except OtherSiteError:
        _note_other_site(request)
        raise
    except (SealerError, DeskError, ReasonNeededError) as error:
        needs_reason = isinstance(error, ReasonNeededError)
        problems = ["Why the record was changed after REFUSE"] if needs_reason else problems_of(error)
        considered = gating.consider(place, trial, data)
        _check_site(request, considered)
        return _form(request, considered.request.subject_id, data, considered, problems, 409)
    drop_draft(request.user, decision.subject_id)
    if slot is not None:
        return redirect(f"/allocations/{slot.event_id}")
    return redirect(f"/decisions/{decision.event_id}")


def _meaning(request: HttpRequest, data: bytes) -> str:
    """What the page said that the signature stands for; that of a page that did not say it is what the rules say now.

    Whether the rules say so still is looked at when the decision is made.
    """
    named = request.POST.get("meaning", "")
    if named in gating.MEANINGS:
        return named
    return gating.meaning_of(gating.consider(here.place(), here.trial(), data).word)


@page(Act.GATE, "POST")
def discard(request: HttpRequest) -> HttpResponse:
    """Forget what was typed."""
    drop_draft(request.user)
    return redirect("/gate")


def _record(request: HttpRequest) -> bytes:
    """The record that was sent: the file, with what was typed over it.

    Raises:
        RecordError: the file holds none.
        DeskError: what was typed is none, or the file is another participant's.
    """
    trial, language, site = here.trial(), language_of(request), site_of(request)
    who, upload = request.POST.get("participant", "").strip(), request.FILES.get("record")
    base = upload.read() if upload else None
    if base is None:
        base = _kept(request.POST.get(_KNOWN, ""))
    if base is not None:
        named = trial.participant(base)
        if who and skeleton(who) != skeleton(named):
            raise DeskError(message("The record is about { $named }, not about { $who }.", named=named, who=who))
        who = who or named
    if not who:
        raise DeskError("Name the participant.")
    typed, answer = _typed(request), _answer(request)
    if upload or (base is not None and not typed):
        assert base is not None
        if not answer:
            return base
        typed = entry.inputs_of(entry.known_of(trial, language, base))
    return entry.record_of(trial, language, typed | answer, who, site or "", base)


def _kept(sha256: str) -> bytes | None:
    """The record that was checked, by its SHA-256."""
    found = kept(sha256)
    return bytes(found.data) if found else None


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: value for name, value in request.POST.items() if name.count(":") == 2}


def _answer(request: HttpRequest) -> dict[str, str]:
    """The question that was answered by its button, beside the verdict: an input, and what it holds from now on."""
    name, is_one, value = request.POST.get("answer", "").partition("=")
    return {name: value} if is_one and name.count(":") == 2 else {}


def _check_site(request: HttpRequest, considered: Considered) -> None:
    """A user of a site asks about that site and its participants alone; another is an event. Raises: DeskError."""
    own, site = site_of(request), considered.request.site_id
    if own is None or (site == own and not considered.known.is_elsewhere(own)):
        return
    _note_other_site(request)
    if site != own:
        raise other_site(site, own)
    raise elsewhere()


def _note_other_site(request: HttpRequest) -> None:
    add("access.refused", {"path": request.path, "other_site": True}, actor(request))


def _checked_record(request: HttpRequest) -> bytes | None:
    """The record that an address names by its digest, if it is of the user's site."""
    data = _kept(request.GET.get(_KNOWN, ""))
    if data is None:
        return None
    try:
        site = here.trial().request(data).site_id
    except PreciseError:  # another content than a record
        return None
    return data if site_of(request) in (None, site) else None


def _known_record(request: HttpRequest, who: str) -> bytes | None:
    row = _latest(request, who)
    return bytes(row.content.data) if row else None


def _latest(request: HttpRequest, who: str) -> Record | None:
    """The latest record that the desk was given of a participant of the user's site."""
    if not who:
        return None
    rows = Record.objects.filter(pk=skeleton(who))
    site = site_of(request)
    found: Record | None = (rows.filter(site=site) if site else rows).select_related("content", "origins").first()
    return found


def _origins(request: HttpRequest, who: str, data: bytes | None) -> dict[str, Traced]:
    """Where values of the form come from, by their inputs."""
    row = _latest(request, who)
    if row is None or row.origins is None:
        return {}
    shown = data if data is not None else bytes(row.content.data)
    places = {one.pointer: one for one in traced(row, data)}
    named = {entry.field_at(here.trial(), at, language_of(request), shown): one for at, one in places.items()}
    return {name: one for name, one in named.items() if name is not None}


def _form(
    request: HttpRequest,
    who: str,
    data: bytes | None,
    considered: Considered | None,
    problems: list[str],
    status: int = 200,
    *,
    kept: Kept | None = None,
) -> HttpResponse:
    trial, language = here.trial(), language_of(request)
    answers = entry.known_of(trial, language, data) if data is not None else {}
    typed = kept.typed if kept else _typed(request)
    if kept or (data is None and request.method == "POST"):
        answers = entry.answers_of(trial, language, typed, who or "-", site_of(request) or "")
    known = keep(data).sha256 if data is not None else ""
    origins = _origins(request, who, data)
    verdict = _verdict(request, considered) if considered else _nothing()
    has_form = bool(typed or verdict["questions"] or request.GET.get("form"))
    draft = None if kept or request.method == "POST" else draft_of(request.user, trial, language)
    return show(
        request, "gate.html", status, who=who, known=known, groups=entry.groups(trial, language, answers, origins),
        known_from=bool(origins),
        draft=draft, problems=problems, has_form=has_form, **verdict,
    )  # fmt: skip


def _nothing() -> dict[str, Any]:
    return {"considered": None, "rows": [], "questions": [], "has_fewest": False,
            "earlier": [], "changed": None, "record": "", "ways": None,
            "count": (0, 0), "needs_reason": False, "meaning": ""}  # fmt: skip


def _verdict(request: HttpRequest, considered: Considered) -> dict[str, Any]:
    """What the page shows of a verdict."""
    evaluation, language = considered.question.evaluation, language_of(request)
    rows: list[Any] = list(evaluation.verdicts)
    deciding = [*evaluation.blocking, *evaluation.missing]
    criteria = [one for one in rows if one["kind"] in CRITERIA]
    asked: list[Any] = [*evaluation.queries] if evaluation.missing else []
    needed = gating.needed_of(here.trial(), considered)
    last = considered.earlier[-1] if considered.earlier else None
    return {
        "considered": considered,
        "rows": [*(one for one in rows if one["id"] in deciding), *(one for one in rows if one["id"] not in deciding)],
        "deciding": deciding,
        "count": (sum(one["verdict"] not in OPEN for one in criteria), len(criteria)),
        "questions": [
            _question(one, language, considered.data, fewest=fewest) for one, fewest in marked(asked, needed)
        ],
        "has_fewest": bool(needed),
        "earlier": [(one, told(one.event).user, one.decided_at) for one in considered.earlier],
        "changed": (last, told(last.event).user, last.decided_at) if last and considered.changes else None,
        "needs_reason": _needs_reason(considered),
        "record": keep(considered.data).sha256 if request.path == "/gate" or request.path == "/gate/sign" else "",
        "meaning": gating.meaning_of(considered.word),
        "ways": ways(request, considered.question.snapshot_sha256, gating.meaning_of(considered.word)),
    }


class _Question(NamedTuple):
    """A question, its input, and the answers that are offered beside it, where they are few."""

    asked: Any
    place: str | None
    choices: tuple[str, ...]
    fewest: bool
    """Whether its datum is one of the fewest with which its rule could pass."""


def _question(one: Any, language: Language, data: bytes, *, fewest: bool) -> _Question:
    place = entry.field_at(here.trial(), one["pointer"], language, data)
    choices = entry.choices_at(here.trial(), language, place) if place else ()
    return _Question(one, place, choices if len(choices) <= _MOST_CHOICES else (), fewest)


def _needs_reason(considered: Considered) -> bool:
    try:
        keys = here.place().decision_key.public()
        considered.question.check_reason(tuple(signed(one, keys) for one in considered.earlier), here.trial().files)
    except ReasonNeededError:
        return True
    return False
