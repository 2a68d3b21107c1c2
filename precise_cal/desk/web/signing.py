"""Signatures: a passkey, else password and code; on a demonstration desk the session alone, and it says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk import here, passkeys, people
from precise_cal.desk.errors import DeskError
from precise_cal.desk.store.log import SKEW
from precise_cal.desk.web.access import actor
from precise_cal.gate.canonical import canonical

if TYPE_CHECKING:
    from django.http import HttpRequest

    from precise_cal.desk.store.log import Actor
    from precise_cal.gate.canonical import Json

DEMONSTRATION = "session (demonstration)"
VALID: Final = timedelta(minutes=10)
"""For how long a passkey may sign what a page shows."""


def signed_content(request: HttpRequest, sha256: str, meaning: str, at: datetime) -> dict[str, Json]:
    """What is signed: the record that was judged, what the signature stands for, in whose name, and when."""
    return {
        "at": at.isoformat(),
        "meaning": meaning,
        "name": request.user.printed_name,
        "sha256": sha256,
        "user": request.user.name,
    }


def ways(request: HttpRequest, sha256: str, meaning: str) -> dict[str, Any]:
    """How the user may sign, with the challenge of a passkey that is bound to the content and to this moment."""
    at = datetime.now(UTC).replace(microsecond=0)
    options = passkeys.sign_options(request, canonical(signed_content(request, sha256, meaning, at)))
    return {"passkey": options, "at": at.isoformat(), "demo": here.place().config.demo}


def _begun(text: str) -> datetime:
    """When a passkey was asked to sign. Raises: DeskError, where that is too long ago, or never was."""
    now = datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
        if now - VALID <= at <= now + SKEW:
            return at
    except (ValueError, TypeError):  # no time, or one without a zone
        pass
    raise DeskError("The page was open for too long to be signed: check again.")


def signature_of(request: HttpRequest, sha256: str, meaning: str) -> tuple[dict[str, Json], Actor]:
    """The signature that a form brings, and who signed by which means.

    Raises:
        DeskError: there is none, or it is not valid.
    """
    assertion, password = request.POST.get("assertion", ""), request.POST.get("password", "")
    if assertion:
        content = signed_content(request, sha256, meaning, _begun(request.POST.get("begun_at", "")))
        proof = passkeys.check_signature(request, canonical(content), assertion)
        return {**content, "assertion": proof}, people.actor_of(request.user, "passkey")
    content = signed_content(request, sha256, meaning, datetime.now(UTC).replace(microsecond=0))
    if password:
        if not people.check_again(request.user, password, request.POST.get("code", "")):
            raise DeskError("Password or code are not right; nothing was signed.")
        return {**content}, people.actor_of(request.user, "password and code")
    if here.place().config.demo:
        who = actor(request)
        return {**content}, people.actor_of(request.user, f"{who.authenticated}, {DEMONSTRATION}")
    raise DeskError("Sign with your passkey, or with password and code.")
