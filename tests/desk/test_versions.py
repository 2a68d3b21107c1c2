"""A version of the protocol comes into force at a site by two signatures, on the log, and the gate judges by it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook import rulebook
from precise_cal.gate.decision import RuleFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.desk.trial import Trial
    from tests.desk.conftest import Desk

TODAY = datetime.now(UTC).date()
APPROVAL = "EC Zhongshan, 2026-02-01, no. 17"


@pytest.fixture(scope="module")
def amended(small_trial: Any, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """A trial whose second version asks for fewer points; ZS01 had the first before the desk began, and plans the
    second for long ago in vain."""
    from precise_cal.desk.trial import Trial as Made

    folder = small_trial.amended(
        tmp_path_factory.mktemp("amended"),
        record={"dose": {"type": "date", "about": "the day of the dose"},
                "status": {"type": "words", "words": ["in", "out"], "about": "where"}},
        roles={"day_zero": "dose", "treated": "dose is not null", "left": "status = 'out'"},
        rules={"IC-1": {"met_when": "points >= score.least"}},
        scores={"least": (30, 15)},
        sites={"ZS01": {"versions": {"1": "2026-01-01", "2": str(TODAY + timedelta(days=9))}},
               "ZS02": {"versions": {"1": "2026-01-01", "2": "2026-04-01"}}},
    )  # fmt: skip
    book = rulebook(folder, cache=False)
    return Made(book, RuleFiles(dict(book.loaded.files), book.sha256, str(folder), "named"), {})


@pytest.fixture
def of_amended(desk: Desk, amended: Trial, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk, serving that trial; a list is drawn for ZS01 and ZS02."""
    from precise_cal.desk import here

    monkeypatch.setattr(here, "trial", lambda: amended)
    return replace(desk, trial=amended)


def record(who: str = "ZS01-001", points: int = 20, days: int = 0) -> bytes:
    """Of one who agreed that many days from now: what the version of that day refuses stays refused."""
    agreed = str(TODAY + timedelta(days=days))
    known = {"schema_version": "1.0", "subject": who, "clinic": who[:4], "agreed": agreed, "points": points,
             "allocated": None, "dose": None, "status": "in"}  # fmt: skip
    return json.dumps(known).encode()


def randomized(desk: Desk, data: bytes) -> Any:
    from precise_cal.desk.gating import meaning_of, randomize

    signature: dict[str, Any] = {"name": "coordinator", "meaning": meaning_of("ALLOW")}
    return randomize(desk.place, desk.trial, data, desk.actor(), signature, None)


def later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    """Let the clock of gate, versions and log be some days ahead."""
    from precise_cal.desk import gating, versions
    from precise_cal.desk.store import log
    from precise_cal.sealer import sealer

    clock = type(
        "Clock", (datetime,), {"now": classmethod(lambda _, zone=None: datetime.now(zone) + timedelta(days=days))}
    )
    for module in (gating, versions, log, sealer):
        monkeypatch.setattr(module, "datetime", clock)


def word(desk: Desk, data: bytes) -> str:
    from precise_cal.desk.gating import consider

    return str(consider(desk.place, desk.trial, data).word)


def activated(desk: Desk, site: str = "ZS01", version: str = "2", days: int = 2) -> None:
    from precise_cal.desk import versions

    one = versions.planned(desk.trial, site, version, str(TODAY + timedelta(days=days)), APPROVAL)
    number = versions.release(desk.trial, one, {}, desk.actor("sponsor", None))
    versions.activate(desk.trial, number, {}, desk.actor("investigator", site))


def test_gate_judges_by_the_version_that_two_persons_activated(
    of_amended: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk import versions
    from precise_cal.desk.store.decisions import signed

    assert word(of_amended, record()) == "REFUSE"
    activated(of_amended)
    assert word(of_amended, record()) == "REFUSE"  # not before the day
    assert versions.current(of_amended.trial, "ZS01") == "1"
    later(monkeypatch, 2)
    assert word(of_amended, record()) == "REFUSE"  # what the version at consent refused
    assert word(of_amended, record(days=2)) == "ALLOW"
    decision = randomized(of_amended, record(days=2))[0]
    assert signed(decision, of_amended.place.decision_key.public()).decision.protocol_version == "2"
    assert versions.current(of_amended.trial, "ZS01") == "2"
    assert [len(of_amended.events(f"version.{one}")) for one in ("released", "activated")] == [1, 1]


def test_day_of_the_folder_after_the_desk_began_is_a_plan(of_amended: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch, 20)
    assert word(of_amended, record(days=20)) == "REFUSE"
    assert word(of_amended, record("ZS02-001")) == "ALLOW", "what was before is history"


def test_site_of_which_nothing_is_known_waits(blank: Desk, amended: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    of = replace(blank, trial=amended)
    assert word(of, record("ZS03-001")) == "INCOMPLETE"
    activated(of, "ZS03", "1", 1)
    later(monkeypatch, 1)
    assert word(of, record("ZS03-001", points=35, days=1)) == "ALLOW"
    assert word(of, record("ZS03-001", days=1)) == "REFUSE"


def test_one_person_activates_nothing(of_amended: Desk) -> None:
    from precise_cal.desk import versions
    from precise_cal.desk.errors import DeskError

    one = versions.planned(of_amended.trial, "ZS01", "2", str(TODAY + timedelta(days=2)), APPROVAL)
    number = versions.release(of_amended.trial, one, {}, of_amended.actor("sponsor", None))
    for actor, words in (
        (of_amended.actor("sponsor", "ZS01"), "another person"),
        (of_amended.actor("other", "ZS02"), "is for ZS01"),
        (of_amended.actor("monitor", None), "is for ZS01"),
    ):
        with pytest.raises(DeskError, match=words):
            versions.activate(of_amended.trial, number, {}, actor)
    with pytest.raises(DeskError, match="waits for the site already"):
        versions.release(of_amended.trial, one, {}, of_amended.actor("sponsor", None))
    versions.withdraw(number, of_amended.actor("sponsor", None), "a mistake")
    with pytest.raises(DeskError, match="does not wait"):
        versions.activate(of_amended.trial, number, {}, of_amended.actor("investigator"))
    assert of_amended.events("version.activated") == []


def test_rules_that_changed_meanwhile_are_not_activated(of_amended: Desk) -> None:
    from precise_cal.desk import versions
    from precise_cal.desk.errors import DeskError

    one = versions.planned(of_amended.trial, "ZS01", "2", str(TODAY + timedelta(days=2)), APPROVAL)
    number = versions.release(of_amended.trial, replace(one, rules_sha256="0" * 64), {}, of_amended.actor("sponsor"))
    with pytest.raises(DeskError, match="rules have changed"):
        versions.activate(of_amended.trial, number, {}, of_amended.actor("investigator"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("ZS01", "3", str(TODAY), APPROVAL), "no version"),
        (("ZS01", "2", str(TODAY), APPROVAL), "from .* on"),
        (("ZS01", "2", "soon", APPROVAL), "should be a day"),
        (("ZS01", "2", str(TODAY + timedelta(days=2)), " "), "approval"),
        (("ZS01", "1", str(TODAY + timedelta(days=2)), APPROVAL), "already, from 2026-01-01"),
        (("ZS02", "2", str(TODAY + timedelta(days=2)), APPROVAL), "already"),
    ],
)
def test_what_cannot_be_released_is_told(of_amended: Desk, typed: tuple[str, ...], words: str) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.versions import planned

    with pytest.raises(DeskError, match=words):
        planned(of_amended.trial, *typed)


def test_open_decision_expires_with_the_version(of_amended: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ALLOW for which the sealer did not answer; then another version is in force."""
    from precise_cal.desk import gating, versions
    from precise_cal.sealer.errors import SealerError

    def silent(*_: Any) -> None:
        raise SealerError("unreachable", "the sealer does not answer")

    data, of = record(points=40), of_amended
    with monkeypatch.context() as patch:
        patch.setattr(gating, "ask", silent)
        with pytest.raises(SealerError):
            randomized(of, data)
    from precise_cal.desk.models import Decision

    first = Decision.objects.get()
    assert not gating.has_expired(of.place, of.trial, first)
    other = versions.at_site(of.trial, "ZS01")
    site = other.book.timeline.site("ZS01")
    assert site is not None
    second = replace(of.trial, book=of.trial.book.at_sites([type(site)("ZS01", None, (None, TODAY))]))
    monkeypatch.setattr(gating, "in_force", lambda *_: second)
    assert gating.has_expired(of.place, of.trial, first)
    assert randomized(of, data)[0].sequence == 2, "decided anew, by the version in force now"


def test_pages_lead_through_both_signatures(
    of_amended: Desk, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk.receiving import receive

    config = replace(of_amended.place.config, demo=True)
    monkeypatch.setitem(of_amended.place.__dict__, "config", config)
    receive(of_amended.trial, record())
    receive(of_amended.trial, record("ZS01-002", points=40))
    typed = {"site": "ZS01", "version": "2", "day": str(TODAY + timedelta(days=3)), "approval": APPROVAL}
    sponsor = client("sponsor")
    assert 'href="/versions"' in sponsor.get("/versions").content.decode()
    shown = html.unescape(sponsor.get("/versions/release", typed).content.decode())
    assert "Of 2 participants of the site 1 would be judged otherwise" in shown
    assert of_amended.events("version.released") == []
    assert sponsor.get("/versions/release", {**typed, "day": str(TODAY)}).status_code == 400
    place = sponsor.post("/versions/release", typed)["Location"]
    for role in ("coordinator", "monitor", "sponsor", "inspector"):
        assert client(role).post(place).status_code == 409
    assert client("other").get(place).status_code == 404
    assert client("coordinator").get("/versions/release", typed).status_code == 403
    investigator = client("investigator")
    page = investigator.get(place).content.decode()
    assert "I put this version of the protocol in force at my site" in page
    assert re.search(r"ZS01-001</td><td>IC-1", page)
    assert investigator.post(place).status_code == 302
    assert "put in force by investigator" in client("inspector").get("/versions").content.decode()
    assert investigator.post(place).status_code == 409
    kept = json.loads(bytes(of_amended.events("version.activated")[0].content.data))
    assert kept["signature"]["meaning"] == "I put this version of the protocol in force at my site"
    assert kept["signature"]["sha256"] == json.loads(bytes(of_amended.events("version.released")[0].content.data))[
        "signature"]["sha256"]  # fmt: skip


def test_protocol_of_one_version_says_so(desk: Desk, client: Any) -> None:
    page = client("sponsor").get("/versions").content.decode()
    assert "The protocol has one version." in page
    assert 'href="/versions"' not in page
