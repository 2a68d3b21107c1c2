"""Add what was computed to a participant record: nothing else of the text changes, and the file is replaced at once."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from precise_cal.cli.inputs import InputError

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


def add_measurement(record: Path, qfr: float, occasion: Occasion, analysis: Path) -> str:
    """Add the measurement, with the analysis file by path and SHA-256, and return the value as read.

    Raises:
        InputError: the record cannot be read or would not be valid, or the file cannot be written.
    """
    from precise_cal.protocol.from_json import read_record

    occasion.require()
    value = f"{qfr:.2f}"
    text = _text(record)
    try:
        digest = hashlib.sha256(analysis.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{analysis}: cannot be read: {error.strerror}") from error
    read_record(text.encode())
    measurement = {
        "vessel": occasion.vessel,
        "phase": occasion.phase,
        "value": value,
        "reported_text": value,
        "acquired_at": occasion.acquired_at,
        "assessor": occasion.assessor,
        "analysis": {"file": os.path.relpath(analysis, record.parent), "sha256": digest},
    }
    changed = inserted(text, json.dumps(measurement, ensure_ascii=False)).encode()
    read_record(changed)
    replace_file(record, changed)
    return value


def note_suitability(record: Path, reasons: tuple[str, ...], phase: str | None) -> str:
    """Say in the record whether the angiogram is suitable for QFR (``angiography``), and return what was done.

    Only films from before randomization count. What the record already says is never turned into its opposite: a
    person decided it.

    Raises:
        InputError: the record cannot be read or would not be valid, or the file cannot be written.
    """
    from precise_cal.protocol.from_json import read_record

    if phase not in BEFORE_RANDOMIZATION:
        return f"suitability left alone, a film of {phase} is not from before randomization"
    text = _text(record)
    angiography = read_record(text.encode()).angiography
    said, known = angiography.suitable_for_qfr, angiography.unsuitable_reasons or ()
    if said is not None and said == bool(reasons):
        word = "suitable" if said else "unsuitable"
        return f"suitability left alone, the record calls the angiogram {word}: a person has to decide"
    codes = list(dict.fromkeys([*known, *reasons]))
    changed = replaced(text, ("angiography", "suitable_for_qfr"), json.dumps(not reasons))
    changed = replaced(changed, ("angiography", "unsuitable_reasons"), json.dumps(codes))
    read_record(changed.encode())
    replace_file(record, changed.encode())
    return f"angiogram unsuitable for QFR: {', '.join(reasons)}" if reasons else "angiogram suitable for QFR"


def _text(record: Path) -> str:
    try:
        return record.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{record}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}") from error


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


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Raises:
        InputError: it cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error
