"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

RulesOption = Annotated[
    Path | None,
    typer.Option("--trial", "--rules", metavar="DIR", help="A folder with another trial; see docs/trial.md."),
]
NowOption = Annotated[
    str | None,
    typer.Option(
        "--now",
        metavar="INSTANT",
        help="The instant or day at which due and overdue are judged, instead of data_cutoff.",
    ),
]


ProvenanceOption = Annotated[
    Path | None,
    typer.Option(
        "--provenance", metavar="FILE.jsonl", help="Show source cells, from what precise import --provenance wrote."
    ),
]


class OutputFormat(StrEnum):
    """How a result is written."""

    text = "text"
    json = "json"


class Lang(StrEnum):
    """The languages of sentences and documents."""

    en = "en"
    zh = "zh"
