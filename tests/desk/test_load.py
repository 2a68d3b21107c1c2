"""How many statements of SQL a request takes: each costs processor time, and those under the log's lock everybody's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

SIGN, ALLOCATION, LIST = 25, 6, 6
"""Signing and allocating with password and code, the allocation's page, a page of the list of participants."""


def statements(act: Callable[[], Any]) -> list[str]:
    """What is asked of the database, apart from where transactions begin and end, and whose rows they see."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        act()
    found = [one["sql"] for one in captured.captured_queries]
    return [one for one in found if one.split()[0] not in ("BEGIN", "COMMIT") and "set_config" not in one]


def test_statements_of_a_randomization_and_of_the_list(
    desk: Desk, client: Any, record: Callable[..., bytes], monkeypatch: Any
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from precise_cal.desk.web import signing

    monkeypatch.setattr(signing.people, "check_again", lambda *_: True)
    web, answers = client("coordinator"), []

    def checked(who: str) -> dict[str, str]:
        sent = {"participant": who, "record": SimpleUploadedFile("r.json", record(who))}
        page = web.post("/gate", sent).content.decode()
        return {name: re.findall(f'name="{name}" value="([^"]+)"', page)[-1] for name in ("record", "meaning")}

    for number in range(3):
        form = {**checked(f"ZS01-{number:03}"), "password": "x"}
        found = statements(lambda form=form: answers.append(web.post("/gate/sign", form)))
    assert answers[-1].url.startswith("/allocations/")
    assert len(found) <= SIGN
    assert not [one for one in found if one.startswith("SAVEPOINT")]
    assert len(statements(lambda: web.get(answers[-1].url))) <= ALLOCATION
    monitor = client("monitor")
    assert len(statements(lambda: monitor.get("/participants"))) <= LIST
