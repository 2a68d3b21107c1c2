"""What lies about of a desk, searched: dump, write-ahead log, files, the program's log, pages and errors."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.randomization.plan import draw, joint_seed
from tests.desk.conftest import SHARES
from tests.desk.stores import Postgresql
from tests.desk.wal import contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]
pytestmark = pytest.mark.slow
OTHER = b"ZS02"


def forms(secret: bytes) -> set[bytes]:
    """As bytes, in hexadecimal and base64, and as a dump writes columns of bytes: in hexadecimal once more."""
    hexadecimal = secret.hex().encode()
    return {secret, hexadecimal, hexadecimal.hex().encode(), base64.b64encode(secret).rstrip(b"=")}


def holds(data: bytes, secret: bytes) -> bool:
    """Whether a secret lies in data in any of its forms."""
    return any(one in data for one in forms(secret))


def written(desk: Desk) -> Iterator[tuple[str, bytes]]:
    """Dump, write-ahead log and files of the desk, the sealed list among them; not the key that is kept apart."""
    if isinstance(desk.store, Postgresql):
        from django.db import connection

        yield "dump", desk.store.dump()
        yield "write-ahead log", contents(desk.store.segments())
        assert connection.settings_dict["USER"] != "postgres"
    else:
        yield "dump and write-ahead log", desk.store.dump()
    for path in desk.place.folder.rglob("*"):
        if path.is_file() and path.name != "sealing.key":
            yield str(path.relative_to(desk.place.folder)), path.read_bytes()


class Kept(logging.Handler):
    """Everything that any logger of the program says, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def said() -> Iterator[Kept]:
    """What is logged, from INFO on."""
    kept, names = Kept(), ("", "django", "django.request", "django.security", "precise_cal", "gunicorn.error")
    for name in names:
        logging.getLogger(name).addHandler(kept)
    yield kept
    for name in names:
        logging.getLogger(name).removeHandler(kept)


def test_nothing_that_is_written_holds_an_arm_that_is_not_opened(
    desk: Desk, record: Make, client: Any, said: Kept
) -> None:
    for who in ("ZS01-001", "ZS01-002", "ZS02-001"):
        desk.randomize(record(who))
    shown = b"".join(answer.content for answer in _visit(client("inspector")))
    plan = desk.sealer.plan()
    assert plan is not None
    opened = {("ZS01", 1), ("ZS01", 2), ("ZS02", 1)}
    slots = [*draw(plan, joint_seed(*SHARES.values(), "7f3a"))]
    closed = [one for one in slots if (one.stratum, one.number) not in opened]
    assert len(closed) == len(slots) - 3
    places = [*written(desk), ("pages", shown), ("log", "\n".join(said.lines).encode())]
    for name, data in places[: 2 if isinstance(desk.store, Postgresql) else 1]:
        assert all(holds(data, one.salt) for one in slots if one not in closed), (
            f"the search sees what is in the {name}"
        )
    found = [(name, one.stratum, one.number) for name, data in places for one in closed if holds(data, one.salt)]
    assert found == []
    assert not [name for name, data in places for share in SHARES.values() if holds(data, share)]


def _visit(browser: Any) -> Iterator[Any]:
    """Every page that a number, a digest or a word names, whether it is there or not."""
    from precise_cal.desk.models import Event

    for name in ("gate", "participants", "deviations", "queries", "qfr", "log", "log/leaves", "lists", "versions"):
        yield browser.get(f"/{name}")
    yield browser.get("/consistency?old=x")
    yield browser.get("/checkpoint")
    yield browser.get("/nowhere")
    yield browser.get("/log?before=9999999999999999999999")
    for event in Event.objects.order_by("number"):
        yield browser.get(f"/gate?record={event.content_id}")
        if event.type == "gate.decision":
            yield browser.get(f"/decisions/{event.number}")
        if event.type == "list.opened":
            yield browser.get(f"/allocations/{event.number}")
        if event.type in ("gate.decision", "list.opened"):
            yield browser.get(f"/log/stamps/{event.number}.tsr")


def test_no_page_error_or_log_shows_a_site_what_is_of_another(
    desk: Desk, record: Make, client: Any, said: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk import review

    desk.randomize(record("ZS01-001"))
    desk.randomize(record("ZS02-001"))
    browser = client("coordinator")
    answers = [*_visit(browser)]
    row = desk.events("list.opened")[-1]
    assert row.site == OTHER.decode()
    assert browser.get(f"/allocations/{row.number}").status_code == 404

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(row.site, row.content_id)

    monkeypatch.setattr(review, "participants", fail)
    answers.append(browser.get("/participants"))
    assert {one.status_code for one in answers} >= {200, 400, 404, 500}
    shown = b"\n".join(one.content for one in answers)
    assert b"ZS01-001" in shown
    for secret in (OTHER + b"-001", bytes(row.content_id, "ascii")):
        assert secret not in shown
        assert secret not in "\n".join(said.lines).encode()
