"""A desk in this process: made once, put back for every test; its sealer in a thread, over a real socket."""

from __future__ import annotations

import copy
import json
import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.rules import bundled
from precise_cal.sealer.home import Home
from precise_cal.sealer.sealer import Sealer
from precise_cal.sealer.server import _Server
from tests.desk.browsing import address, browser, visit  # noqa: F401 - fixtures
from tests.desk.stores import Postgresql, store_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from precise_cal.desk.home import Place
    from precise_cal.desk.trial import Trial
    from precise_cal.engine.rulebook.rulebook import Rulebook

SITES = "ZS01", "ZS02"
PASSWORD = "correct horse battery"
SHARES = {"statistician": bytes(range(32)), "sponsor": bytes(range(32, 64))}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, book: Rulebook) -> Path:
    """A desk with a user per role, as it is put back for every test."""
    for needed in ("django", "webauthn", "pyotp", "argon2", "whitenoise", "gunicorn"):
        pytest.importorskip(needed, reason="the desk's extra is not installed: pip install 'precise-cal[desk]'")
    folder = tmp_path_factory.mktemp("desk")
    patch = pytest.MonkeyPatch()
    patch.setattr("precise_cal.desk.trial.rulebook", lambda *_, **__: book)
    store = store_of(folder)
    patch.delenv("PRECISE_DATABASE_URL", raising=False)
    if isinstance(store, Postgresql):
        store.make()
        patch.setenv("PRECISE_DATABASE_URL", store.url)
    patch.setenv("PRECISE_SEALER_SOCKET", str(folder / "s"))
    from precise_cal.desk.home import Config
    from precise_cal.desk.init import init

    place = init(folder / "home", Config("test.example/desk"))
    if isinstance(store, Postgresql):
        store.restrict()
        patch.setenv("PRECISE_DATABASE_URL", store.url_of_web)
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    from precise_cal.desk.models import User
    from precise_cal.desk.roles import NEEDS_SITE, ROLES

    for role in ROLES:
        user = User(name=role, role=role, site=SITES[0] if role in NEEDS_SITE else "")
        user.set_password(PASSWORD)
        enroll(user)
    other = User(name="other", role="coordinator", site=SITES[1])
    other.set_password(PASSWORD)
    enroll(other)
    from precise_cal.desk import here

    store.keep("blank")
    shutil.copytree(place.sealer, folder / "blank")
    sealer = Sealer(Home(place.folder / "sealer"))
    with served(sealer, folder / "s"):
        _drawn(Desk(here.place(), here.trial(), sealer, store))
    store.keep("drawn")
    shutil.copytree(place.sealer, folder / "drawn")
    return folder


def enroll(user: Any) -> None:
    """Keep an account as it is now, and let the log know it so."""
    from precise_cal.desk.accounts import state_of
    from precise_cal.desk.store.log import SYSTEM, add

    user.save()
    add("account.opened", state_of(user), SYSTEM)


@dataclass
class Desk:
    """The desk of a test."""

    place: Place
    trial: Trial
    sealer: Sealer
    store: Any

    def actor(self, name: str = "coordinator", site: str | None = SITES[0]) -> Any:
        from precise_cal.desk.store.log import Actor

        return Actor(name, "coordinator", site, "password")

    def randomize(self, data: bytes, name: str = "coordinator", reason: str | None = None) -> Any:
        from precise_cal.desk.gating import consider, meaning_of, randomize

        site = json.loads(data)["site_id"]
        signature = {"name": name, "meaning": meaning_of(consider(self.place, self.trial, data).word)}
        return randomize(self.place, self.trial, data, self.actor(name, site), signature, reason)

    def account(self, name: str, **changes: str) -> Any:
        """An account that the log knows with these changes."""
        from precise_cal.desk.models import User

        user = User.objects.get(name=name)
        for member, value in changes.items():
            setattr(user, member, value)
        enroll(user)
        return user

    def events(self, kind: str) -> list[Any]:
        from precise_cal.desk.models import Event

        return [*Event.objects.filter(type=kind).order_by("number")]


@contextmanager
def served(sealer: Sealer, socket: Path) -> Iterator[None]:
    socket.unlink(missing_ok=True)
    server = _Server(socket, sealer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def put_back(made: Path, name: str) -> Iterator[Desk]:
    """The desk as it was kept."""
    from django.db import connections

    from precise_cal.desk import here
    from precise_cal.desk.store.log import TREES

    store, sealer_home = store_of(made), made / "home" / "sealer"
    store.put_back(name)
    shutil.rmtree(sealer_home)
    shutil.copytree(made / name, sealer_home)
    sealer_home.chmod(0o700)
    TREES.forget()
    sealer = Sealer(Home(sealer_home))
    with served(sealer, made / "s"):
        yield Desk(here.place(), here.trial(), sealer, store)
    connections.close_all()


@pytest.fixture
def blank(made: Path) -> Iterator[Desk]:
    """A desk before the ceremony."""
    with put_back(made, "blank") as one:
        yield one


@pytest.fixture
def desk(made: Path) -> Iterator[Desk]:
    """A desk whose list is drawn: 40 slots a site, blocks of 4 or 6."""
    with put_back(made, "drawn") as one:
        yield one


def _drawn(blank: Desk) -> None:
    from hashlib import sha256

    from precise_cal.desk import listing

    design = {"design": "permuted_blocks", "ratio": {"DCB": 1, "DES": 1}, "sizes": [4, 6]}
    plan = {"study": "TEST", "strata": [{"name": site, "slots": 40, "design": design} for site in SITES]}
    listing.set_plan(blank.place, blank.trial, plan, blank.actor())
    for party, share in SHARES.items():
        listing.commit(party, sha256(share).hexdigest(), blank.actor())
    listing.publish("a beacon", "7f3a", blank.actor())
    for party, share in SHARES.items():
        listing.share(blank.place, party, encrypted(blank.sealer, share, b"draw"), blank.actor())


def encrypted(sealer: Sealer, share: bytes, purpose: bytes) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key: Any = load_der_public_key(sealer.transport_spki)
    form = hashes.SHA256()
    sent: bytes = key.encrypt(share, padding.OAEP(padding.MGF1(form), form, purpose))
    return sent.hex()


@pytest.fixture(scope="session")
def record() -> Callable[..., bytes]:
    """A participant who may be randomized, with changes by paths: ``record("ZS01-001", renal__on_dialysis=None)``."""
    base = json.loads((bundled() / "tests" / "screening.json").read_bytes())

    def make(who: str = "ZS01-001", **changes: Any) -> bytes:
        one = copy.deepcopy(base) | {"subject_id": who, "site_id": who[:4]}
        for path, value in changes.items():
            part: Any = one
            *above, last = (int(step) if step.isdecimal() else step for step in path.split("__"))
            for step in above:
                part = part[step]
            part[last] = value
        return json.dumps(one).encode()

    return make


@pytest.fixture
def client(made: Path) -> Callable[[str | None], Any]:
    """A browser without scripts, signed in as a user."""
    from django.test import Client

    def sign_in(name: str | None, password: str = PASSWORD) -> Any:
        one = Client(raise_request_exception=False)
        if name is not None:
            assert one.post("/login", {"user": name, "password": password}).status_code == 302
        return one

    return sign_in


os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright has a loop running in the tests' thread
