"""The text of a participant record with what was computed: nothing else of it changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from precise_cal.files.records import InputError, read_one

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.protocol.from_json import RecordReader

LIST: Final = "qfr_measurements"
NEEDED: Final = ("vessel", "phase", "acquired_at", "assessor")
BEFORE_RANDOMIZATION: Final = ("baseline", "post_modification")


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a measurement says beside its value; all of it comes from the user."""

    vessel: str | None
    phase: str | None
    acquired_at: str | None
    assessor: str | None

    def require(self) -> None:
        """Raise InputError where something is missing."""
        missing = [f"--{name.replace('_', '-')}" for name in NEEDED if getattr(self, name) is None]
        if missing:
            raise InputError(f"--into: needs {', '.join(missing)} as well, to describe the measurement")


def with_measurement(text: str, qfr: float, occasion: Occasion, file: str, digest: str) -> str:
    """The text of a record with one more measurement.

    Args:
        text: of the record.
        qfr: the number.
        occasion: what the measurement says beside it.
        file: the saved analysis, relative to the record.
        digest: the SHA-256 of that file.
    """
    value = f"{qfr:.2f}"
    measurement = {
        "vessel": occasion.vessel,
        "phase": occasion.phase,
        "value": value,
        "reported_text": value,
        "acquired_at": occasion.acquired_at,
        "assessor": occasion.assessor,
        "analysis": {"file": file, "sha256": digest},
    }
    return inserted(text, json.dumps(measurement, ensure_ascii=False))


def with_suitability(text: str, reasons: tuple[str, ...], phase: str | None) -> tuple[str, str]:
    """The text of a record that says whether the angiogram is suitable for QFR (``angiography``), and what was done.

    Only films from before randomization count. What the record already says is never turned into its opposite: a
    person decided it.

    Raises:
        RecordError: the text is no record.
    """
    if phase not in BEFORE_RANDOMIZATION:
        return text, f"suitability left alone, a film of {phase} is not from before randomization"
    angiography = _records().read(text.encode()).angiography
    said, known = angiography.suitable_for_qfr, angiography.unsuitable_reasons or ()
    if said is not None and said == bool(reasons):
        word = "suitable" if said else "unsuitable"
        return text, f"suitability left alone, the record calls the angiogram {word}: a person has to decide"
    codes = list(dict.fromkeys([*known, *reasons]))
    changed = replaced(text, ("angiography", "suitable_for_qfr"), json.dumps(not reasons))
    changed = replaced(changed, ("angiography", "unsuitable_reasons"), json.dumps(codes))
    done = f"angiogram unsuitable for QFR: {', '.join(reasons)}" if reasons else "angiogram suitable for QFR"
    return changed, done


def _records() -> RecordReader:
    from precise_cal.cli.options import rules_folder
    from precise_cal.engine.rulebook.load import records_of

    return records_of(rules_folder(None))


def record_text(record: Path, data: bytes | None = None) -> str:
    """The text of a valid record.

    Args:
        record: its file.
        data: the content, where it was read already.

    Raises:
        InputError: the file cannot be read, or holds no valid record.
    """
    if data is None:
        data = read_one(record)
    read_back(record, data)
    return data.decode("utf-8")


def read_back(record: Path, content: str | bytes) -> bytes:
    """The bytes of a record that can be read.

    Raises:
        InputError: they hold no valid record; every problem is told.
    """
    from precise_cal.cli.record_errors import naming
    from precise_cal.files.records import Source

    data = content.encode() if isinstance(content, str) else content
    with naming(Source(str(record), None, data)):
        _records().read(data)
    return data


def referred(record: Path) -> list[str]:
    """The saved analyses that a record refers to, relative to it; none where it cannot be read."""
    from precise_cal.protocol.from_json import RecordError

    try:
        measurements = _records().read(read_one(record)).qfr_measurements or ()
    except (InputError, RecordError):
        return []
    analyses = [one.analysis for one in measurements if one.analysis is not None]
    return [one if isinstance(one, str) else one.file for one in analyses]


def replaced(text: str, path: tuple[str, ...], value: str) -> str:
    """The text of a JSON object with the member at ``path`` set to ``value``; every other character stays.

    Objects on the way that are absent or null are made.
    """
    name, rest = path[0], path[1:]
    spans = _members(text)
    start, end = spans.get(name, (0, 0))
    inner = text[start:end] if text[start:end].startswith("{") else "{}"
    new = replaced(inner, rest, value) if rest else value
    return f"{text[:start]}{new}{text[end:]}" if name in spans else _with_member(text, name, new, first=not spans)


def _with_member(text: str, name: str, value: str, *, first: bool) -> str:
    """The text of a JSON object with one more member at its end."""
    end = text.rindex("}")
    comma, gap = ("" if first else ","), ("\n  " if "\n" in text else " " if not first else "")
    close = "\n" if "\n" in text else ""
    return f"{text[:end].rstrip()}{comma}{gap}{json.dumps(name)}: {value}{close}{text[end:]}"


def inserted(text: str, item: str) -> str:
    """The text of a JSON object with ``item`` as the last element of its list ``qfr_measurements``.

    Every other character stays. The list is added where it is absent, and takes the place of null.
    """
    spans = _members(text)
    if LIST not in spans:
        end = text.rindex("}")
        comma = "," if spans else ""
        return f'{text[:end].rstrip()}{comma}\n  "{LIST}": [{item}]\n{text[end:]}'
    start, end = spans[LIST]
    value = text[start:end]
    if value == "null":
        return f"{text[:start]}[{item}]{text[end:]}"
    inner = value[1:-1].rstrip()
    comma = ",\n    " if inner.strip() else ""
    return f"{text[: start + 1]}{inner}{comma}{item}{value[1 + len(inner) :]}{text[end:]}"


def _members(text: str) -> dict[str, tuple[int, int]]:
    """Where the value of each member of a JSON object, known to be one, begins and ends."""
    decoder = json.JSONDecoder()
    spans = {}
    at = _skipped(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        start = _skipped(text, _skipped(text, at) + 1)
        _, end = decoder.raw_decode(text, start)
        spans[name] = (start, end)
        at = _skipped(text, end)
        if text[at] == ",":
            at = _skipped(text, at + 1)
    return spans


def _skipped(text: str, at: int) -> int:
    while text[at] in " \t\r\n\ufeff":
        at += 1
    return at
