"""Many studies, one table: each study is analyzed once, and again only where it, its films or the program changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from precise_cal.files.regular import open_regular
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.qfr.angio.analysis import run_study
from precise_cal.qfr.angio.data import options, software
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import CUTOFF
from precise_cal.qfr.lumen.result import as_text
from precise_cal.qfr.session.agreement import agreement, sides
from precise_cal.qfr.study.study import read_json, read_study

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.qfr.lumen.analysis import Settings
    from precise_cal.qfr.session.agreement import Agreement
    from precise_cal.qfr.study.study import Study

STUDY, NAMED, RESULT = "STUDY.json", ".study.json", ".qfr.json"
COLUMNS: Final = (
    "study", "status", "participant", "vessel", "operator", "qfr", "low", "high", "side_of_0.80", "least_diameter_mm",
    "diameter_stenosis_percent", "length_mm", "hyperemic_velocity_m_s", "changes", "reasons",
)  # fmt: skip
"""Columns of the table."""
MEASURES: Final = (
    ("qfr", "QFR"), ("least_diameter_mm", "least diameter, mm"), ("hyperemic_velocity_m_s", "hyperemic velocity, m/s"),
)  # fmt: skip
"""What two readers are compared by."""


@dataclass(frozen=True, slots=True)
class Done:
    """A study of a batch.

    Attributes:
        name: Of its file, below the folder.
        status: ``computed``, ``kept`` (a result of before still holds) or ``failed``.
        data: The result; None where the study could not be used.
        error: Why not.
        text: What is to be saved beside the study; None where nothing is.
    """

    name: str
    status: str
    data: dict[str, Any] | None
    error: str = ""
    text: str | None = None

    def row(self) -> dict[str, Any]:
        """The row of the table."""
        if self.data is None:
            return dict.fromkeys(COLUMNS) | {"study": self.name, "status": self.status, "reasons": self.error}
        return {"study": self.name, "status": self.status, **summary(self.data)}


def summary(data: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a result that stand in a table."""
    interval, lesions, study = data["interval"] or {}, data["lesions"], data["study"]
    worst: dict[str, Any] = max(lesions, key=lambda lesion: lesion["diameter_stenosis_percent"], default={})
    return {
        "participant": study.get("participant"),
        "vessel": data["vessel"],
        "operator": study.get("operator"),
        "qfr": data["qfr"],
        "low": interval.get("low"),
        "high": interval.get("high"),
        "side_of_0.80": _side(data["qfr"], interval),
        "least_diameter_mm": round(min(data["profile"]["diameter_mm"]), 3),
        "diameter_stenosis_percent": worst.get("diameter_stenosis_percent"),
        "length_mm": round(data["profile"]["s_mm"][-1] - data["profile"]["s_mm"][0], 2),
        "hyperemic_velocity_m_s": data["flow"]["velocity_m_s"],
        "changes": len(data["edits"]),
        "reasons": " ".join(dict.fromkeys(reason["code"] for reason in data["reasons"])) or None,
    }


def _side(qfr: float | None, interval: dict[str, Any]) -> str | None:
    """``above`` or ``below``; ``open`` where the interval holds the cutoff or there is none."""
    if qfr is None:
        return None
    if interval.get("holds_0.80", True):
        return "open"
    return "above" if qfr > CUTOFF else "below"


def studies(folder: Path) -> list[Path]:
    """The studies below a folder: files named STUDY.json or ending in .study.json, by name.

    Raises:
        QfrError: there is no such folder, or no study in it.
    """
    if not folder.is_dir():
        raise QfrError(message("{ $folder }: no folder", folder=folder))
    found = sorted(path for path in folder.rglob("*.json") if path.name == STUDY or path.name.endswith(NAMED))
    if not found:
        raise QfrError(
            message(
                "{ $folder }: no study, a file named { $study } or ending in { $named } is expected",
                folder=folder,
                study=STUDY,
                named=NAMED,
            )
        )
    return found


def result_path(study: Path) -> Path:
    """Where the result of a study is saved: beside it."""
    return study.with_suffix(RESULT)


def analyzed(path: Path, folder: Path, settings: Settings, samples: int) -> Done:
    """A study analyzed, or its result of before where nothing it depends on has changed; never raises for one study."""
    name = str(path.relative_to(folder))
    try:
        study = read_study(path)
        before = _before(path, study, options(settings, samples))
        if before is not None:
            return Done(name, "kept", before)
        data = run_study(study, settings).with_interval(samples).as_data()
    except QfrError as error:
        return Done(name, "failed", None, words_of(error))
    return Done(name, "computed", data, text=as_text(data))


def _before(path: Path, study: Study, asked: dict[str, Any]) -> dict[str, Any] | None:
    """The saved result, if study, options, versions and films are those that it was made from."""
    saved = result_path(path)
    if not saved.is_file():
        return None
    try:
        data = read_json(saved)
    except QfrError:
        return None
    wanted = {"study": json.loads(json.dumps(study.as_json())), "options": asked, "software": software()}
    if not isinstance(data, dict) or any(data.get(name) != value for name, value in wanted.items()):
        return None
    hashes = [one.get("sha256") for one in data.get("inputs", ())]
    return data if hashes == [_hash(study.path(view)) for view in study.views] else None


def _hash(path: Path) -> str | None:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two readers: how they agree by measure, on which side of 0.80 they are, and who has no partner."""

    measures: dict[str, Agreement]
    sides: dict[str, int]
    without: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """The statistics as data."""
        return {
            "measures": {name: found.as_data() for name, found in self.measures.items()},
            "cutoff": CUTOFF,
            "qfr_above_cutoff": self.sides,
            "left_out": list(self.without),
        }


def compared(first: Path, second: Path) -> Compared:
    """The results below two folders, paired by their names.

    Raises:
        QfrError: a folder or a result cannot be read, or fewer than three pairs have a QFR.
    """
    one, two = (dict(_results(folder)) for folder in (first, second))
    names = sorted(one.keys() & two.keys())
    both = [name for name in names if one[name]["qfr"] is not None and two[name]["qfr"] is not None]
    measures = {}
    for key, title in MEASURES:
        pairs = [(one[name][key], two[name][key]) for name in both]
        left, right = (np.array(values, np.float64) for values in (zip(*pairs, strict=True) if pairs else ((), ())))
        measures[title] = agreement(left, right)
    qfr = measures[MEASURES[0][1]]
    without = [
        message("{ $name }: only one reader has a result", name=name) for name in sorted(one.keys() ^ two.keys())
    ]
    without += [
        message("{ $name }: not analyzable for { $who }", name=name, who=_who(one[name], two[name]))
        for name in names
        if name not in both
    ]
    return Compared(measures, sides(qfr.first, qfr.second, CUTOFF), tuple(without))


def _who(one: dict[str, Any], two: dict[str, Any]) -> str:
    return "both" if one["qfr"] is None and two["qfr"] is None else "the first" if one["qfr"] is None else "the second"


def _results(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not folder.is_dir():
        raise QfrError(message("{ $folder }: no folder", folder=folder))
    for path in sorted(folder.rglob(f"*{RESULT}")):
        try:
            found = summary(read_json(path))
            for key, _ in MEASURES:
                _check_number(found[key], key)
            yield str(path.relative_to(folder)), found
        except (KeyError, TypeError, AttributeError) as error:
            raise QfrError(
                message(
                    "{ $path }: no result of `precise qfr angio` (missing or of another kind: { $error })",
                    path=Verbatim(path),
                    error=words_of(error),
                )
            ) from error


def _check_number(value: Any, name: str) -> None:
    """Raises TypeError where a value is neither a number nor absent."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TypeError(f"{name} {value!r}")
