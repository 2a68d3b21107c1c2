"""Who was allowed and never randomized, by the arm to be expected: the log's answer to selection by a guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [((8, 2), (1, 5), 0.034965), ((3, 1), (1, 3), 0.485714), ((10, 0), (10, 0), 1.0), ((0, 5), (5, 0), 0.007937)],
)
@pytest.mark.usefixtures("made")
def test_fisher_gives_known_answers(first: tuple[int, int], second: tuple[int, int], p: float) -> None:
    from precise_cal.desk.selection import fisher

    assert fisher(first, second) == pytest.approx(p, abs=1e-6)


def considered(client: Any, record: Make, who: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = client.post("/gate", {"record": SimpleUploadedFile("r.json", record(who))}).content
    assert b"word ALLOW" in page


def test_who_is_left_out_is_counted_by_the_arm_that_was_behind(desk: Desk, client: Any, record: Make) -> None:
    from precise_cal.desk.selection import selection

    one, arms = client("coordinator"), dict.fromkeys(("DCB", "DES"), 0)
    expected: dict[Any, list[int]] = {"DCB": [0, 0], "DES": [0, 0], None: [0, 0]}
    right = 0
    for number in range(1, 11):
        who, behind = f"ZS01-{number:03}", None
        if arms["DCB"] != arms["DES"]:
            behind = min(arms, key=lambda arm: arms[arm])
        considered(one, record, who)
        considered(one, record, who)  # a second look does not count again
        is_left_out = behind == "DES"
        expected[behind][is_left_out] += 1
        if not is_left_out:
            arm = desk.randomize(record(who))[1].arm
            arms[arm] += 1
            right += arm == behind
    late = datetime.now(UTC) + timedelta(minutes=61)
    found = selection(desk.trial, late)
    assert {row.arm: [row.randomized, row.never] for row in found.rows} == expected
    assert (found.guessed, found.right) == (expected["DCB"][0] + expected["DES"][0], right)
    assert (found.strata, found.guessable) == (2, int(arms["DCB"] != arms["DES"]))
    still_open = selection(desk.trial, datetime.now(UTC))
    assert sum(row.never for row in still_open.rows) == 0
    assert sum(row.randomized for row in still_open.rows) == sum(row.randomized for row in found.rows)


def test_statistician_sees_letters_and_an_inspector_arms(desk: Desk, client: Any, record: Make) -> None:
    considered(client("coordinator"), record, "ZS01-001")
    desk.randomize(record("ZS01-001"))
    masked = client("statistician").get("/lists/selection").content.decode()
    assert not re.search(r">(DCB|DES)<", masked)
    assert re.findall(r"<tr><td>([AB])</td>", masked) in (["A", "B"], ["B", "A"])
    assert re.findall(r"<tr><td>(DCB|DES)</td>", client("inspector").get("/lists/selection").content.decode())
    assert b"/lists/selection" in bytes(desk.events("view.unmasked")[-1].content.data)
    for role in ("coordinator", "monitor", "sponsor"):
        assert client(role).get("/lists/selection").status_code == 403
    desk.account("statistician", site="ZS01")
    assert client("statistician").get("/lists/selection").status_code == 400
