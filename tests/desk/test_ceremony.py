"""The ceremony of a list through the pages, and the list verified offline."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.desk.conftest import encrypted

if TYPE_CHECKING:
    from pathlib import Path

    from tests.desk.conftest import Desk

PLAN = """
study: TEST
strata:
  - name: ZS01
    slots: 12
    design: {design: big_stick, ratio: {DCB: 1, DES: 1}, tolerance: 3}
"""
SHARES = {"statistician": b"\x01" * 32, "sponsor": b"\x02" * 32}


def test_ceremony_has_its_order_and_its_parties(
    blank: Desk, client: Any, record: Any, precise: Any, tmp_path: Path
) -> None:
    who = {party: client(party) for party in SHARES}
    monitor = client("monitor")

    def step(party: str, **posted: str) -> int:
        return int(who[party].post("/lists/step", posted).status_code)

    def commit(party: str) -> int:
        return step(party, step="commit", sha256=sha256(SHARES[party]).hexdigest())

    def bring(party: str, share: bytes, purpose: bytes = b"draw") -> int:
        return step(party, step="share", encrypted=encrypted(blank.sealer, share, purpose))

    assert blank.randomize(record())[1] is None  # without a list nobody is randomized
    assert commit("sponsor") == 409
    assert step("sponsor", step="plan", plan=PLAN) == 409
    assert step("statistician", step="plan", plan="study: [") == 409
    assert step("statistician", step="plan", plan=PLAN.replace("12", "none")) == 409
    assert step("statistician", step="plan", plan=PLAN) == 302
    assert monitor.post("/lists/step", {"step": "commit", "sha256": "0" * 64}).status_code == 409
    assert step("statistician", step="public", source="a", value="b") == 409
    assert [commit("statistician"), commit("statistician"), commit("sponsor")] == [302, 409, 302]
    assert step("statistician", step="plan", plan=PLAN) == 409
    assert bring("sponsor", SHARES["sponsor"]) == 409
    assert step("statistician", step="public", source="a beacon", value="42") == 302
    assert bring("sponsor", b"\x07" * 32) == 302  # not the one that was committed to: told when both are there
    assert bring("statistician", SHARES["statistician"]) == 409
    assert [bring("sponsor", SHARES["sponsor"]), bring("statistician", SHARES["statistician"])] == [302, 302]
    assert len(blank.events("list.drawn")) == 1
    assert blank.randomize(record())[1].number == 1
    bundle = tmp_path / "list.json"
    bundle.write_bytes(client("inspector").post("/lists/bundle").content)
    said = precise("lists", "verify", bundle)
    assert (said.status, "1 of 12 slots opened" in said.out) == (0, True)
    assert b"big_stick" not in bundle.read_bytes()
    assert bring("sponsor", SHARES["sponsor"], b"reveal") == 302
    assert bring("statistician", SHARES["statistician"], b"reveal") == 302
    bundle.write_bytes(client("inspector").post("/lists/bundle").content)
    assert "slot by slot" in precise("lists", "verify", bundle).out
    assert (
        b"big_stick" not in (blank.place.folder / "desk.log").read_bytes()
        if (blank.place.folder / "desk.log").exists()
        else True
    )
