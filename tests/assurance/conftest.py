"""A small trial for questions about all records: criteria over a few fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import yaml

from precise_cal.engine.rulebook import rulebook

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.rules_pack import Proofs, TriedMutants

FIELDS = {
    "age": {"type": "integer", "from": 0, "to": 130, "about": "age"},
    "dose": {"type": "Dose", "about": "the dose"},
    "born": {"type": "date", "about": "the day of birth"},
    "pump": {"type": "Pump", "about": "the pump"},
    "device": {"type": "identifier", "about": "the device"},
    "lot": {"type": "text", "pattern": r"^[A-Z]{2}\d{3}$", "about": "the lot"},
}
PUMP = {"worn_since": {"type": "date", "about": "since when it is worn"}}


@pytest.fixture(scope="session")
def keep_evidence(request: pytest.FixtureRequest) -> Callable[[str, TriedMutants | Proofs], None]:
    """Keeps what a test found of the bundled rules beside the validation pack, where a run writes one."""
    folder = request.config.getoption("--validation-pack")

    def keep(name: str, evidence: TriedMutants | Proofs) -> None:
        if folder:
            kept = Path(folder) / "evidence" / f"{name}.json"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(orjson.dumps(evidence))

    return keep


@pytest.fixture
def trial(tmp_path: Path, small_trial: Any) -> Callable[..., Rulebook]:
    """Writes a trial with these criteria, by id the key and the condition, and what it declares of them."""

    def made(
        definitions: dict[str, str] | None = None,
        declared: dict[str, Any] | None = None,
        files: dict[str, Any] | None = None,
        rules: list[dict[str, Any]] | None = None,
        **criteria: str,
    ) -> Rulebook:
        record = {
            **small_trial.RECORD,
            "record": {**small_trial.RECORD["record"], **FIELDS},
            "parts": {**small_trial.RECORD["parts"], "Pump": PUMP},
            "quantities": {"Dose": {"like": "mg", "low": "0", "high": "100", "about": "a dose"}},
        }
        written = [
            {"id": name.replace("_", "-"), "title": "x", "quote": "x", "source": "x"}
            | (
                {"kind": "inclusion", "met_when": text}
                if name[0] == "I"
                else {"kind": "exclusion", "present_when": text}
            )
            for name, text in criteria.items()
        ]
        named = [{"define": name, "means": "x", "as": text} for name, text in (definitions or {}).items()]
        eligibility = {"definitions": named, "rules": [*written, *(rules or [])]}
        small_trial.folder_of(tmp_path, record=record, eligibility=eligibility, **(files or {}))
        if declared is not None:
            path = tmp_path / "tests" / "proofs" / "declared.yaml"
            path.parent.mkdir(parents=True)
            path.write_text(yaml.safe_dump(declared), "utf-8")
        return rulebook(tmp_path, cache=False)

    return made
