"""The rules of a trial: YAML files read, checked, and compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Not inside the function: importing the module of that name would put it in the place of the function.
from precise_cal.engine.rulebook.rulebook import Rulebook

if TYPE_CHECKING:
    from pathlib import Path


def rulebook(folder: Path, *, cache: bool = True) -> Rulebook:
    """The rulebook that a folder of rule files holds.

    Args:
        folder: the rule files.
        cache: whether it may come from the user's cache folder. What is kept there judges, and has no trees, parameters
            or texts of conditions: who asks for them, and a signed decision, reads the files themselves.

    Raises:
        RuleFileError: a file is missing or wrong, or states what nothing uses; every problem is told, with its place.
    """
    from precise_cal.engine.rulebook.cache import keep, recall

    known = recall(folder) if cache else None
    if known is not None:
        return known
    from precise_cal.engine.rulebook.anchors import check_anchors
    from precise_cal.engine.rulebook.gaps import check_gaps
    from precise_cal.engine.rulebook.measures import check_measures
    from precise_cal.engine.rulebook.unused import check_use

    book = _read(folder)
    check_anchors(book)
    check_measures(book)
    check_use(book)
    check_gaps(book)
    book.check_reporting()
    if not cache:
        return book
    keep(book)
    return recall(folder) or book


def _read(folder: Path) -> Rulebook:
    from precise_cal.engine.rulebook.across_form import check_across
    from precise_cal.engine.rulebook.agreement import check_agreement
    from precise_cal.engine.rulebook.amendments import timeline_of
    from precise_cal.engine.rulebook.chronology import chronology_of
    from precise_cal.engine.rulebook.deviation_rules import deviation_rules
    from precise_cal.engine.rulebook.load import load
    from precise_cal.engine.rulebook.sentences import check_sentences
    from precise_cal.protocol.from_json import RecordReader
    from precise_cal.protocol.report import Protocol

    loaded = load(folder)
    check_sentences(loaded)
    check_across(loaded)
    check_agreement(loaded)
    study = loaded.protocol.study
    return Rulebook(
        folder=folder,
        records=RecordReader(loaded.schema),
        version=Protocol(study.id, study.version, loaded.sha256),
        utc_offset_minutes=_minutes(study.utc_offset),
        required_by_gate=frozenset(
            identifier for file, _ in loaded.rules if file.gate for identifier in file.gate.requires
        ),
        deviations=deviation_rules(loaded),
        chronology=chronology_of(loaded),
        timeline=timeline_of(loaded),
        _loaded=loaded,
    )


def _minutes(offset: str) -> int:
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return -minutes if offset[0] == "-" else minutes
