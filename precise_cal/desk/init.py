"""A new desk: its folder, database and sealer, its first event and first user; and the demonstration."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.home import Config, Place, make_place
from precise_cal.desk.setup import set_up
from precise_cal.language.catalog import Verbatim, message
from precise_cal.sealer import home as sealer_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEMO_SITE: Final = "ZS01"
_DEMO_SITES: Final = ("ZS01", "ZS02", "ZS03")
_DEMO_SLOTS: Final = 1000
_DEMO_PARTICIPANTS: Final = 24


def init(folder: Path, config: Config) -> Place:
    """Make a desk.

    Raises:
        DeskError: there is one already, or the extra is not installed.
    """
    os.environ["PRECISE_DESK_HOME"] = str(folder)
    place = make_place(folder, config)
    sealer_home.make_home(place.sealer)
    sealer_home.trust(place.sealer, (folder / "desk.pub").read_bytes())
    set_up()
    migrate()
    begin(place)
    return place


def migrate() -> None:
    """Bring the database up to this version.

    Raises:
        DeskError: its user may not; the owner of the tables does it by `precise desk grants`.
    """
    from django.core.management import call_command
    from django.db import ProgrammingError, connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except ProgrammingError as error:
        text = f"the database is of another version, and its user may not change it: {str(error).strip()}"
        raise DeskError(
            message("{ $error }; run `precise desk grants` as the owner of its tables", error=Verbatim(text))
        ) from None


def begin(place: Place) -> None:
    """The first event: what the desk is a desk of; and one whenever the rules are others than before."""
    from precise_cal.desk.models import Event
    from precise_cal.desk.store.log import SYSTEM, add
    from precise_cal.desk.trial import trial_of
    from precise_cal.gate.canonical import canonical, sha256

    book = trial_of(place.config).book
    content = {
        "origin": place.config.origin,
        "study": book.version.study_id,
        "protocol": book.version.version,
        "rules_sha256": book.sha256,
        "decision_key": place.decision_key.public_hex,
        "demonstration": place.config.demo,
    }
    last = Event.objects.filter(type="rules.active").order_by("-number").first()
    if last is None or last.content_id != sha256(canonical(content)):
        add("rules.active", content, SYSTEM)


def first_user() -> str:
    """The administrator; the token of the link."""
    from precise_cal.desk.people import add_user
    from precise_cal.desk.store.log import SYSTEM

    return add_user("admin", "administrator", "", SYSTEM)


def demonstrate(place: Place) -> Iterator[tuple[str, str]]:
    """A user per role with passwords, a list that was drawn by the program itself, and simulated participants."""
    from django.db import transaction

    from precise_cal.desk.accounts import state_of
    from precise_cal.desk.models import User
    from precise_cal.desk.roles import NEEDS_SITE, ROLES
    from precise_cal.desk.store.log import SYSTEM, add

    with transaction.atomic():
        for role in ROLES:
            password = secrets.token_urlsafe(12)
            user = User(name=role, role=role, site=DEMO_SITE if role in NEEDS_SITE else "")
            user.set_password(password)
            user.save(force_insert=True)
            add("account.made", state_of(user), SYSTEM)
            yield role, password
    _draw(place)
    _participants(place)


def _draw(place: Place) -> None:
    """The ceremony by one hand: for a demonstration only."""
    from hashlib import sha256

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    from precise_cal.desk import listing
    from precise_cal.desk.beside import sealer_beside
    from precise_cal.desk.store.log import SYSTEM
    from precise_cal.desk.trial import trial_of

    book = trial_of(place.config).book
    arms = {one.code: 1 for one in book.study.arms}
    design = {"design": "permuted_blocks", "ratio": arms, "sizes": [2 * len(arms), 3 * len(arms)]}
    plan = {
        "study": book.version.study_id,
        "strata": [{"name": site, "slots": _DEMO_SLOTS, "design": design} for site in _DEMO_SITES],
    }
    shares = {party: secrets.token_bytes(32) for party in listing.PARTIES}
    with sealer_beside(place):
        listing.set_plan(place, trial_of(place.config), plan, SYSTEM)
        for party, share in shares.items():
            listing.commit(party, sha256(share).hexdigest(), SYSTEM)
        listing.publish("the program's own random numbers (demonstration)", secrets.token_hex(16), SYSTEM)
        key: Any = load_der_public_key(bytes.fromhex(listing.status(place).transport_spki))
        form = hashes.SHA256()
        for party, share in shares.items():
            sent = key.encrypt(share, padding.OAEP(padding.MGF1(form), form, b"draw"))
            listing.share(place, party, sent.hex(), SYSTEM)


def _participants(place: Place) -> None:
    from precise_cal.desk.store.decisions import receive_record
    from precise_cal.desk.store.log import SYSTEM
    from precise_cal.desk.trial import trial_of
    from precise_cal.simulate import cohort

    if place.config.trial is not None:
        return
    book = trial_of(place.config).book
    who, where = book.schema.role_path("participant"), book.schema.role_path("site")
    assert who is not None
    assert where is not None
    for number, record in enumerate(cohort(_DEMO_PARTICIPANTS)):
        site = _DEMO_SITES[number % len(_DEMO_SITES)]
        subject_id = f"{site}-{901 + number // len(_DEMO_SITES)}"
        record |= {who[0]: subject_id, where[0]: site}
        receive_record(json.dumps(record, ensure_ascii=False).encode(), subject_id, site, SYSTEM)
