"""What a verdict of a decision found, for people."""

from __future__ import annotations

from typing import Any

from precise_cal.language.catalog import message
from precise_cal.protocol.report import Sentence


def findings_of(row: dict[str, Any]) -> list[str]:
    """What was found of a rule: its sentences, else the data that decided it, and what was required of them."""
    said: list[str] = [Sentence(one["en"], one["zh"], one["item"]).text for one in row["says"]]
    return said or [_datum(one) for one in row["because"]]


def _datum(because: dict[str, Any]) -> str:
    observed = "not known" if because["observed"] is None else str(because["observed"])
    required = message(", required { $required }", required=because["required"]) if because["required"] else ""
    pointer = f"  {because['pointer']}" if because["pointer"] else ""
    return message("{ $observed }{ $required }{ $pointer }", observed=observed, required=required, pointer=pointer)
