"""A trial of a few small files, for tests that change one: a boolean criterion, and one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = {"schema_version": {"type": "words", "words": ["1.0"], "required": True, "about": "the version"}}
RECORD = {
    "schema_version": "1.0",
    "parts": {
        "Contact": {
            "visit": {"type": "words", "words": ["W4"], "about": "which"},
            "status": {"type": "words", "words": ["done", "missed", "refused"], "about": "whether"},
            "mode": {"type": "words", "words": ["clinic", "telephone"], "about": "how"},
            "date": {"type": "date", "about": "when"},
        }
    },
    "record": {
        **_VERSION,
        "subject": {"type": "identifier", "required": True, "about": "who"},
        "cutoff": {"type": "instant", "about": "the cut-off"},
        "started": {"type": "instant", "about": "the first dose"},
        "fit": {"type": "boolean", "about": "whether"},
        "withdrew": {"type": "boolean", "about": "whether participation ended"},
        "withdrew_on": {"type": "date", "about": "when it ended"},
        "contacts": {"type": "list of Contact", "about": "the contacts"},
    },
    "roles": {
        "participant": "subject",
        "cutoff": "cutoff",
        "day_zero": "started",
        "enrolled": "started is not null",
        "enrolled_at": "started",
        "left": "withdrew",
    },
}
STUDY = {
    "id": "X-1",
    "title": "X",
    "short_title": "X",
    "version": "1",
    "source": "X",
    "sponsor": "X",
    "utc_offset": "+00:00",
}
CRITERION = {"id": "IC-1", "kind": "inclusion", "title": "fit", "quote": "fit", "source": "x", "met_when": "fit"}
SCHEDULE: dict[str, Any] = {
    "left_at": "withdrew_on",
    "contacts": {"list": "contacts", "mode": "mode", "excused": ["refused"]},
    "visits": [
        {
            "id": "W4",
            "title": "Week 4",
            "quote": "at week 4",
            "source": "x",
            "target": 28,
            "minus": 3,
            "plus": 3,
            "modes": ["clinic"],
        }
    ],
}


def folder_of(folder: Path, *, protocol: dict[str, Any] | None = None, **files: Any) -> Path:
    """The trial in a folder, with other or further files; `protocol` is what protocol.yaml has beside the study."""
    contents = {
        "record": RECORD,
        "protocol": {"study": STUDY, **(protocol or {})},
        "eligibility": {"rules": [CRITERION]},
        **files,
    }
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")
    return folder


AMENDED: dict[str, Any] = {
    **_VERSION,
    "subject": {"type": "identifier", "required": True, "about": "who"},
    "clinic": {"type": "identifier", "about": "the clinic"},
    "cutoff": {"type": "instant", "about": "the cut-off"},
    "agreed": {"type": "date", "about": "the day of consent"},
    "allocated": {"type": "date", "about": "the day of randomization"},
    "points": {"type": "integer", "from": 0, "to": 60, "about": "the score at screening"},
}
"""The fields of a trial whose second version holds from April, each site from its own day."""
_ROLES = {
    "participant": "subject",
    "site": "clinic",
    "cutoff": "cutoff",
    "consented_at": "agreed",
    "enrolled_at": "allocated",
    "enrolled": "allocated is not null",
}


def amended(
    folder: Path,
    *,
    record: dict[str, Any],
    roles: dict[str, str],
    rules: dict[str, dict[str, str]],
    scores: dict[str, tuple[int, int]],
    sites: dict[str, dict[str, Any]],
    **more: Any,
) -> Path:
    """A trial of two versions.

    Args:
        folder: where.
        record: the fields beside `AMENDED`.
        roles: beside those that the fields above have.
        rules: inclusion criteria by id, with what they have beside their words.
        scores: parameters ``score.NAME``, in the first version and in the second.
        sites: by id, with what sites.yaml says of them.
        more: of record.yaml.
    """
    words = {"kind": "inclusion", "title": "x", "quote": "x", "source": "x"}
    assumed = {"status": "assumed", "why": "x"}
    parameters = [
        {
            "id": f"score.{name}",
            "meaning": "x",
            "type": "integer",
            "values": [{"since": str(version), "value": value, **assumed} for version, value in enumerate(values, 1)],
        }
        for name, values in scores.items()
    ]
    return folder_of(
        folder,
        record={"schema_version": "1.0", **more, "record": AMENDED | record, "roles": _ROLES | roles},
        protocol={
            "versions": [{"id": "1", "date": "2026-01-01"}, {"id": "2", "date": "2026-04-01"}],
            "parameters": parameters,
        },
        eligibility={"rules": [{"id": name, **words, **rule} for name, rule in rules.items()]},
        sites={"sites": [{"id": name, **site} for name, site in sites.items()]},
    )
