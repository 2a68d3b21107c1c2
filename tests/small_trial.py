"""A trial of a few small files, for tests that change one: a boolean criterion, and one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

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
        "schema_version": {"type": "words", "words": ["1.0"], "required": True, "about": "the version"},
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
