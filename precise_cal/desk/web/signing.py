"""Signatures: a passkey, else password and code; on a demonstration desk the session alone, and it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from precise_cal.desk import here, passkeys, people
from precise_cal.desk.errors import DeskError
from precise_cal.desk.web.access import actor
from precise_cal.gate.canonical import canonical

if TYPE_CHECKING:
    from django.http import HttpRequest

    from precise_cal.desk.store.log import Actor
    from precise_cal.gate.canonical import Json

DEMONSTRATION = "session (demonstration)"


def signed_content(request: HttpRequest, sha256: str, meaning: str) -> dict[str, Json]:
    """What is signed: the record that was judged, what the signature stands for, and in whose name."""
    return {"meaning": meaning, "name": request.user.printed_name, "sha256": sha256, "user": request.user.name}


def ways(request: HttpRequest, sha256: str, meaning: str) -> dict[str, Any]:
    """How the user may sign, with the challenge of a passkey that is bound to the content."""
    content = canonical(signed_content(request, sha256, meaning))
    options = passkeys.sign_options(request, content)
    return {"passkey": options, "code": bool(request.user.totp_secret), "demo": here.place().config.demo}


def signature_of(request: HttpRequest, sha256: str, meaning: str) -> tuple[dict[str, Json], Actor]:
    """The signature that a form brings, and who signed by which means.

    Raises:
        DeskError: there is none, or it is not valid.
    """
    content = signed_content(request, sha256, meaning)
    assertion, password = request.POST.get("assertion", ""), request.POST.get("password", "")
    if assertion:
        proof = passkeys.check_signature(request, canonical(content), assertion)
        return {**content, "assertion": proof}, people.actor_of(request.user, "passkey")
    if password:
        if not people.check_again(request.user, password, request.POST.get("code", "")):
            raise DeskError("Password or code are not right; nothing was signed.")
        return {**content}, people.actor_of(request.user, "password and code")
    if here.place().config.demo:
        who = actor(request)
        return {**content}, people.actor_of(request.user, f"{who.authenticated}, {DEMONSTRATION}")
    raise DeskError("Sign with your passkey, or with password and code.")
