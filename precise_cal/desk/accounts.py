"""Accounts and passkeys as the log enrolled them: a row of the database that is another signs in and signs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.models import Event, Passkey, User
from precise_cal.desk.store.log import SYSTEM, add, told
from precise_cal.desk.store.scope import whole
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.gate.canonical import Json
    from precise_cal.language.catalog import Text

_TYPES: Final = (
    *("account.made", "account.opened", "account.enrolled", "account.closed"),
    *("passkey.made", "passkey.approved"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """What the log says of an account."""

    role: str
    site: str
    credentials: str
    """The digest of what it signs in by; empty in a log of before there was one."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the log says of all."""

    accounts: Mapping[str, Account] = field(default_factory=dict)
    links: frozenset[str] = frozenset()
    """Digests of the links that were given out."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Passkeys by digest, and who approved each."""


def about(user: User) -> dict[str, Json]:
    """What an event about an account holds."""
    return {"user": user.name, "role": user.role, "site": user.site}


def state_of(user: User, **more: Json) -> dict[str, Json]:
    """What an event holds that makes or changes an account: the digest of password and secret as they are kept."""
    kept = {"password": user.password, "totp": user.totp_secret}
    return {**about(user), "credentials": sha256(canonical(kept)), **more}


def key_of(one: Passkey) -> str:
    """A passkey by its digest: whose, which, and with which public key."""
    named = {"credential": bytes(one.credential).hex(), "public_key": bytes(one.public_key).hex()}
    return sha256(canonical({**named, "user": one.user.name}))


@whole()
def enrolled() -> Enrolled:
    """Accounts and passkeys by the log."""
    last = Event.objects.filter(type__in=_TYPES).order_by("-number").first()
    return Enrolled() if last is None else _read(last.number, bytes(last.body))


@lru_cache(maxsize=2)
def _read(number: int, _body: bytes) -> Enrolled:
    accounts: dict[str, Account] = {}
    links: set[str] = set()
    keys: dict[str, str] = {}
    rows = Event.objects.filter(type__in=_TYPES, number__lte=number).order_by("number").select_related("content")
    for row in rows:
        data, event = bytes(row.content.data), told(row)
        members: Any = thaw(data)
        if event.sha256 != sha256(data):  # another content than the one that was logged says nothing
            continue
        if event.type.startswith("account."):
            is_open = event.type != "account.closed"
            accounts[members["user"]] = Account(
                members["role"], members["site"], members.get("credentials", ""), is_open
            )
            links |= {members["link"]} if "link" in members else set()
        elif "key" in members:  # passkeys of before are made anew
            keys[members["key"]] = event.user or "" if event.type == "passkey.approved" else ""
    return Enrolled(accounts, frozenset(links), keys)


def enroll_earlier() -> None:
    """Let the log know by what accounts sign in that an earlier version made: once, when a desk is upgraded."""
    known = enrolled().accounts
    for user in User.objects.filter(is_active=True).order_by("name"):
        account = known.get(user.name)
        if account is not None and account.is_open and not account.credentials:
            add("account.enrolled", state_of(user), SYSTEM)


def is_as_enrolled(user: User) -> bool:
    """Whether an account is the one that the log knows."""
    return _problem(user, enrolled()) is None


def key_is_as_enrolled(one: Passkey) -> bool:
    """Whether a passkey, its approval and its account are those that the log knows."""
    return enrolled().keys.get(key_of(one)) == one.approved_by and is_as_enrolled(one.user)


def altered() -> list[Text]:
    """What in the database is not as the log enrolled it."""
    known = enrolled()
    found = [problem for user in User.objects.order_by("name") if (problem := _problem(user, known)) is not None]
    keys = Passkey.objects.select_related("user").order_by("pk")
    wrong = [one for one in keys if known.keys.get(key_of(one)) != one.approved_by]
    return [
        *found,
        *(
            message("a passkey of { $name }, or its approval, is not the one that the log knows", name=one.user.name)
            for one in wrong
        ),
    ]


def _problem(user: User, known: Enrolled) -> Text | None:
    account = known.accounts.get(user.name)
    if account is None:
        return message("{ $name }: the log knows no such account", name=user.name)
    if account.is_open != user.is_active:
        return message("{ $name }: the log and the database differ in whether the account is open", name=user.name)
    if user.is_active and account != Account(user.role, user.site, str(state_of(user)["credentials"]), user.is_active):
        return message("{ $name }: role, site, password or code are not those that the log knows", name=user.name)
    return None
