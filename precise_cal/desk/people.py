"""Accounts: made by an administrator, opened by a link that works once; every sign-in and every failure is an event."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import pyotp
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from precise_cal.desk.accounts import about, enrolled, is_as_enrolled, state_of
from precise_cal.desk.errors import DeskError
from precise_cal.desk.failures import add_failure, tell_failures
from precise_cal.desk.models import Draft, Invitation, User
from precise_cal.desk.roles import NEEDS_SITE, ROLES
from precise_cal.desk.store.log import Actor, add

if TYPE_CHECKING:
    from precise_cal.gate.canonical import Json

VALID: Final = timedelta(days=3)
"""How long a link works."""
_TRIES: Final = 5
_PAUSE: Final = timedelta(minutes=15)
_STEP: Final = 30
_UNCOUNTED: Final = ("locked", "altered")
"""Faults that are none of a guess."""
_NOBODY: Final = make_password(secrets.token_urlsafe(16))
"""Checked where there is no such user, so that time tells nothing."""


def add_user(name: str, role: str, site: str, actor: Actor, full_name: str = "") -> str:
    """Make an account.

    Returns:
        The token of the link by which it is opened.

    Raises:
        DeskError: the name is taken or none; the role is none; a site is missing.
    """
    _check(name, role, site)
    with transaction.atomic():
        user = User(name=name, full_name=full_name, role=role, site=site, password=make_password(None))
        user.save(force_insert=True)
        token = secrets.token_urlsafe(32)
        link = sha256(token.encode()).hexdigest()
        add("account.made", state_of(user, link=link), actor)
        Invitation.objects.create(user=user, token_sha256=link, expires=datetime.now(UTC) + VALID)
        return token


def _check(name: str, role: str, site: str) -> None:
    if not name or len(name) > 64 or not all(one.isalnum() or one in "-_." for one in name):
        raise DeskError(f'"{name}" is no name of a user: letters, digits, "-", "_" and ".", 64 at most')
    if role not in ROLES:
        raise DeskError(f'"{role}" is no role: it should be one of {", ".join(ROLES)}')
    if role in NEEDS_SITE and not site:
        raise DeskError(f"a {role} belongs to a site: name it with --site")
    if User.objects.filter(name__iexact=name).exists():
        raise DeskError(f'"{name}" has an account already')


def invitation(token: str) -> Invitation | None:
    """The invitation of a token, as long as it works: one that the log does not know opens nothing."""
    link = sha256(token.encode()).hexdigest()
    if link not in enrolled().links:
        return None
    found: Invitation | None = (
        Invitation.objects.filter(
            token_sha256=link,
            used=False,
            expires__gt=datetime.now(UTC),
            user__is_active=True,
        )
        .select_related("user")
        .first()
    )
    return found


def open_account(one: Invitation, password: str) -> User:
    """Set the password of an invited user, and make the secret of the codes that stand beside it.

    Raises:
        DeskError: the password is too short, too common or like the name.
    """
    user = one.user
    set_password(user, password)
    with transaction.atomic():
        user.totp_secret = pyotp.random_base32()
        user.save()
        Invitation.objects.filter(pk=one.pk).update(used=True)
        add("account.opened", state_of(user), actor_of(user, "link"))
    return user


def set_password(user: User, password: str) -> None:
    """Set a password. Raises: DeskError, if it is too weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DeskError(" ".join(error.messages)) from None
    user.set_password(password)


def close_account(user: User, actor: Actor, reason: str) -> None:
    """Close an account: its sessions end with the next request; what it signed stays valid."""
    with transaction.atomic():
        user.is_active = False
        user.set_unusable_password()
        user.save()
        Invitation.objects.filter(user=user).update(used=True)
        Draft.objects.filter(user=user).delete()
        add("account.closed", state_of(user), actor, reason=reason)


def actor_of(user: User, authenticated: str) -> Actor:
    """A user as events name them."""
    return Actor(user.name, user.role, user.site or None, authenticated)


def sign_in(name: str, password: str, code: str, address: str) -> User | None:
    """The user of a name and a password, with the code where the account has one; None where something is wrong.

    Failures are events; after five in a row the account rests for a quarter of an hour.
    """
    with transaction.atomic():
        user: User | None = User.objects.select_for_update().filter(name=name, is_active=True).first()
        now = datetime.now(UTC)
        fault = _fault(user, password, code, now)
        if user is None or fault is not None:
            rests = user is not None and fault not in _UNCOUNTED and _count(user, now)
            content: dict[str, Json] = {"user": name[:64] if user else "unknown", "fault": fault, "address": address}
            add_failure("session.failed", content, Actor(user.name if user else None), rests=rests)
            return None
        user.failures, user.locked_until, user.last_login = 0, None, now
        user.save()
        tell_failures()
        add("session.begun", {**about(user), "address": address}, actor_of(user, how(user)))
    return user


def how(user: User) -> str:
    """By what a user signs in without a passkey."""
    return "password and code" if user.totp_secret else "password"


def _count(user: User, now: datetime) -> bool:
    """Count a failure; whether the account rests now, as this is the fifth in a row."""
    user.failures += 1
    if user.failures >= _TRIES:
        user.failures, user.locked_until = 0, now + _PAUSE
    user.save()
    return user.locked_until is not None and user.locked_until > now


def _fault(user: User | None, password: str, code: str, now: datetime) -> str | None:
    if not check_password(password, user.password if user else _NOBODY) or user is None:
        return "password"
    if user.locked_until is not None and user.locked_until > now:
        return "locked"
    if not is_as_enrolled(user):
        return "altered"
    if user.totp_secret and not take_code(user, code, now):
        return "code"
    return None


def take_code(user: User, code: str, now: datetime) -> bool:
    """Whether a code is that of now, and was not taken before; it is taken then."""
    totp, step = pyotp.TOTP(user.totp_secret), int(now.timestamp()) // _STEP
    for one in (step, step - 1):
        if one > user.totp_used and secrets.compare_digest(totp.at(one * _STEP).encode(), code.strip().encode()):
            user.totp_used = one
            user.save(update_fields=["totp_used"])
            return True
    return False


def check_again(user: User, password: str, code: str) -> bool:
    """Whether a user who is signed in gives password and code again, to sign something.

    Failures count as those of signing in do: who found an open session tries no more often than who has none.
    """
    with transaction.atomic():
        found, now = User.objects.select_for_update().get(pk=user.pk), datetime.now(UTC)
        fault = _fault(found, password, code, now) if found.totp_secret else "code"
        if fault is None:
            found.failures = 0
            found.save(update_fields=["failures"])
            return True
        rests = fault not in _UNCOUNTED and _count(found, now)
        add_failure("signature.failed", about(user), actor_of(user, "session"), rests=rests)
    return False
