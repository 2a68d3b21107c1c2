"""Passkeys (WebAuthn): enrolled by two persons, used to sign in and to sign."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from precise_cal.desk import here
from precise_cal.desk.accounts import about, key_is_as_enrolled, key_of
from precise_cal.desk.errors import DeskError
from precise_cal.desk.failures import add_failure, tell_failures
from precise_cal.desk.models import Passkey
from precise_cal.desk.people import actor_of
from precise_cal.desk.store.log import Actor, add

if TYPE_CHECKING:
    from django.http import HttpRequest

    from precise_cal.desk.models import User
    from precise_cal.gate.canonical import Json

_CHALLENGE = "passkey_challenge"
_NO_ANSWER = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What is raised of an answer that is none."""
_NEEDED = UserVerificationRequirement.REQUIRED


def _host(request: HttpRequest) -> str:
    name: str = request.get_host()
    return name.rsplit(":", 1)[0] if not name.endswith("]") else name


def _origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def enroll_options(request: HttpRequest) -> str:
    """What the browser needs to make a passkey, as JSON."""
    user: Any = request.user
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=here.trial().book.study.study.short_title,
        user_id=sha256(f"precise desk user {user.pk}".encode()).digest(),
        user_name=user.name,
        user_display_name=user.printed_name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one.credential)) for one in user.passkeys.all()],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_NEEDED
        ),
    )
    request.session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return str(webauthn.options_to_json(options))


def enroll(request: HttpRequest, answer: str) -> Passkey:
    """Keep a new passkey; it works once another person has approved it.

    Raises:
        DeskError: the answer is not valid.
    """
    user: Any = request.user
    try:
        found = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_taken(request),
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
            require_user_verification=True,
        )
    except _NO_ANSWER:
        raise DeskError("The passkey could not be verified: try again.") from None
    one = Passkey(user=user, credential=found.credential_id, public_key=found.credential_public_key,
                  sign_count=found.sign_count)  # fmt: skip
    one.save(force_insert=True)
    add("passkey.made", _told_of(one), actor_of(user, "session"))
    return one


def fingerprint(one: Passkey) -> str:
    """The passkey by the SHA-256 of its public key: both persons see the same."""
    return sha256(bytes(one.public_key)).hexdigest()[:16]


def _told_of(one: Passkey) -> dict[str, Json]:
    return {**about(one.user), "key": key_of(one), "passkey": fingerprint(one)}


def approve(one: Passkey, by: User, actor: Actor) -> None:
    """Be the second person of an enrollment.

    Raises:
        DeskError: nobody approves their own.
    """
    if one.user_id == by.pk:
        raise DeskError("Nobody approves their own passkey.")
    one.approved_by = by.name
    one.save(update_fields=["approved_by"])
    add("passkey.approved", _told_of(one), actor)


def login_options(request: HttpRequest) -> str:
    """What the browser needs to sign in by a passkey, as JSON."""
    options = webauthn.generate_authentication_options(rp_id=_host(request), user_verification=_NEEDED)
    request.session[_CHALLENGE] = bytes_to_base64url(options.challenge)
    return str(webauthn.options_to_json(options))


def sign_in(request: HttpRequest, answer: str, address: str) -> User:
    """The user of a passkey.

    Raises:
        DeskError: it is not known, not approved, or its answer is not valid; that is an event.
    """
    try:
        one = _verified(request, answer, _taken(request))
    except DeskError:
        content: dict[str, Json] = {"fault": "passkey", "address": address}
        add_failure("session.failed", content, Actor(None))
        raise
    tell_failures()
    add("session.begun", {**about(one.user), "address": address}, actor_of(one.user, "passkey"))
    return one.user


def sign_options(request: HttpRequest, content: bytes) -> str | None:
    """What the browser needs to sign a content, as JSON; None for a user without an approved passkey."""
    user: Any = request.user
    keys = [*user.passkeys.exclude(approved_by="")]
    if not keys:
        return None
    options = webauthn.generate_authentication_options(
        rp_id=_host(request),
        challenge=sha256(content).digest(),
        allow_credentials=[PublicKeyCredentialDescriptor(id=bytes(one.credential)) for one in keys],
        user_verification=_NEEDED,
    )
    return str(webauthn.options_to_json(options))


def check_signature(request: HttpRequest, content: bytes, answer: str) -> dict[str, Json]:
    """The proof that the user signed this content, to be kept beside it.

    Raises:
        DeskError: the answer is not valid, or is that of another person's passkey.
    """
    one = _verified(request, answer, sha256(content).digest())
    if one.user_id != request.user.pk:
        raise DeskError("This is the passkey of another person.")
    told: Any = json.loads(answer)["response"]
    names = ("authenticatorData", "clientDataJSON", "signature")
    return {"public_key": bytes(one.public_key).hex(), **{name: str(told[name]) for name in names}}


def _verified(request: HttpRequest, answer: str, challenge: bytes) -> Passkey:
    try:
        credential = base64url_to_bytes(json.loads(answer)["rawId"])
        one: Passkey | None = (
            Passkey.objects.filter(credential=credential, user__is_active=True)
            .exclude(approved_by="")
            .select_related("user")
            .first()
        )
        if one is None or not key_is_as_enrolled(one):
            raise DeskError("This passkey is not known here, or nobody has approved it yet.")
        found = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(request),
            expected_origin=_origin(request),
            credential_public_key=bytes(one.public_key),
            credential_current_sign_count=one.sign_count,
            require_user_verification=True,
        )
    except _NO_ANSWER:
        raise DeskError("The passkey's answer is not valid: try again.") from None
    one.sign_count = found.new_sign_count
    one.save(update_fields=["sign_count"])
    return one


def _taken(request: HttpRequest) -> bytes:
    """The challenge of this session, which is used once."""
    return bytes(base64url_to_bytes(request.session.pop(_CHALLENGE, "")))
