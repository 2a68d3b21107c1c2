"""The inspector reads everything and changes nothing; every event has a page with its proof."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from precise_cal.log.merkle import check_inclusion, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]


def test_event_has_a_page_with_its_proof_and_an_inspector_sees_what_it_is_about(
    desk: Desk, client: Any, record: Make
) -> None:
    slot = desk.randomize(record("ZS01-001"))[1]
    path = f"/log/{slot.event_id}"
    inspector, monitor = client("inspector"), client("monitor")
    page = inspector.get(path).content.decode()
    found = re.search(r'data-proof="([^"]*)"', page)
    assert found
    proof = json.loads(html.unescape(found[1]))
    steps = [bytes.fromhex(one) for one in proof["path"]]
    leaf, root = leaf_hash(proof["body"].encode()), bytes.fromhex(proof["root"])
    assert check_inclusion(leaf, proof["index"], proof["size"], steps, root)
    assert f"&#34;arm&#34;: &#34;{slot.arm}&#34;" in page
    assert path.encode() in bytes(desk.events("view.unmasked")[-1].content.data)
    masked = monitor.get(path).content.decode()
    assert ("list.opened" in masked, slot.arm in masked, "What it is about" in masked) == (True, False, False)
    assert client("other").get(path).status_code == 404
    for wrong in ("0", "99999", "9" * 18):
        assert inspector.get(f"/log/{wrong}").status_code == 404


def test_inspection_says_what_holds_and_what_does_not(
    desk: Desk, client: Any, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk.models import User

    desk.randomize(record("ZS01-001"))
    one = client("inspector")
    assert one.get("/")["Location"] == "/inspection"
    page = one.get("/inspection").content.decode()
    assert desk.sealer.root is not None
    for text in (desk.sealer.root.hex(), "Every slot that it opened", "those that the log enrolled", "list.opened"):
        assert text in page
    User.objects.filter(name="monitor").update(role="sponsor")
    assert "monitor: role, site" in one.get("/inspection").content.decode()
    monkeypatch.setenv("PRECISE_SEALER_SOCKET", "/nowhere")
    assert "does not answer" in one.get("/inspection").content.decode()
    kinds = one.get("/log?type=list.opened").content.decode()
    assert ("list.opened" in kinds, "session.begun" in kinds) == (True, False)


def test_inspector_changes_nothing(desk: Desk, client: Any, record: Make) -> None:
    from precise_cal.desk.web.urls import urlpatterns

    slot = desk.randomize(record("ZS01-001"))[1]
    one = client("inspector")
    names = {"event:number": str(slot.event_id), "str:name": "monitor", "str:token": "x", "str:kind": "tsr"}
    before = {kind: len(desk.events(kind)) for kind in ("account.made", "account.closed", "gate.decision", "list.plan")}
    reads = ("export.log", "export.list", "view.unmasked", "access.refused", "session.ended", "qfr.computed")
    last = desk.events("session.begun")[-1].number
    for pattern in urlpatterns:
        path = "/" + re.sub(r"<([^>]+)>", lambda found: names[found[1]], str(pattern.pattern))
        if path not in ("/logout", "/login"):
            one.post(path, {"step": "plan", "name": "x", "role": "monitor", "participant": "ZS01-009"})
    assert {kind: len(desk.events(kind)) for kind in before} == before
    from precise_cal.desk.models import Event, Passkey, Record

    assert {*Event.objects.filter(number__gt=last).values_list("type", flat=True)} <= {*reads}
    assert (Record.objects.count(), Passkey.objects.count()) == (1, 0)
