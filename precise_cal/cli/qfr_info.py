"""``precise qfr info``: what a cine file holds, what is missing for QFR, which frames are filled and end-diastolic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits, qfr_options
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.options import OutputFormat
from precise_cal.cli.printable import padded
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import Joined, message, words_of

if TYPE_CHECKING:
    from precise_cal.qfr.dicom.acquisition import Acquisition, Cine


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE.dcm", help="An XA cine file.")],
    output_format: Annotated[OutputFormat, typer.Option("--format", help="Form of the result.")] = OutputFormat.text,
    pictures: Annotated[
        Path | None, typer.Option("--pictures", metavar="DIR", help="Write a PNG of each candidate frame here.")
    ] = None,
    force: qfr_options.Force = False,
) -> int:
    """What a cine file holds, and what is missing for QFR."""
    from precise_cal.files.records import InputError
    from precise_cal.qfr.dicom.reader import read_cine, read_header
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen.result import as_text

    try:
        data = _described(read_header(file))
        try:
            data["frame_candidates"] = _candidates(read_cine(file), file, pictures, force=force)
        except QfrError as error:
            data["warnings"].append(
                {"code": "NO_PIXELS", "text": message("the pixels cannot be read: { $error }", error=words_of(error))}
            )
    except QfrError as error:
        raise InputError(words_of(error)) from error
    if output_format is OutputFormat.json:
        echo_json(as_text(data), nl=False)
    else:
        echo(_lines(data), nl=False)
    return exits.OK


def _candidates(cine: Cine, file: Path, pictures: Path | None, *, force: bool) -> list[dict[str, Any]]:
    """The frames to choose from, best first, and where the picture of each was written."""
    from precise_cal.files.writing import write_file
    from precise_cal.qfr.contour.absorbance import open_field
    from precise_cal.qfr.frames.phase import candidates
    from precise_cal.qfr.pages.pictures import frame_png

    mask, rows = open_field(cine), []
    for one in candidates(cine, mask):
        row = {"frame": one.frame, "source": one.source, "score": round(one.score, 3), "filled": round(one.filled, 3)}
        if pictures is not None:
            target = pictures / f"{file.stem}-frame-{one.frame}.png"
            write_file(target, frame_png(cine.frame(one.frame), mask), force=force, inputs=[file])
            row["picture"] = str(target)
        rows.append(row)
    return rows


def _described(found: Acquisition) -> dict[str, Any]:
    """What a file holds, by name; missing values are None."""
    from precise_cal.qfr.dicom.calibration import isocenter_factor

    factor = isocenter_factor(found)
    missing = {
        "frame count": found.times_s is None,
        "isocenter calibration": factor is None,
        "two-view reconstruction": found.angles is None or factor is None or found.distances.to_detector is None,
        "absorption (densitometry)": not found.densitometry_allowed,
        "end-diastole from R waves": not found.r_waves,
    }
    return {
        "transfer_syntax": found.transfer_syntax,
        "manufacturer": found.manufacturer or None,
        "frames": found.frames,
        "rows": found.rows,
        "columns": found.columns,
        "bits": found.bits,
        "pixel_relationship": found.relationship,
        "lossy": found.lossy,
        "frame_rate_hz": None if found.frame_rate_hz is None else round(found.frame_rate_hz, 4),
        "angles": None if found.angles is None else str(found.angles),
        "picture_turned": None if found.turn is None else str(found.turn),
        "source_to_detector_mm": found.distances.to_detector,
        "source_to_object_mm": found.distances.to_object,
        "source_to_isocenter_mm": found.distances.to_isocenter,
        "detector_spacing_mm": None if found.detector_spacing_mm is None else list(found.detector_spacing_mm),
        "spacing_source": found.spacing_source,
        "mm_per_pixel": None if factor is None else round(factor[0], 5),
        "r_waves": list(found.r_waves),
        "ecg_samples": None if found.ecg is None else len(found.ecg),
        "not_possible": [name for name, absent in missing.items() if absent],
        "frame_candidates": [],
        "warnings": [{"code": warning.code, "text": warning.text} for warning in found.warnings],
    }


def _lines(data: dict[str, Any]) -> str:
    """The text: a line for each thing, then frames, then warnings."""
    plain = {name: value for name, value in data.items() if name not in {"warnings", "frame_candidates"}}
    said = catalog()
    lines = [f"{padded(said(name.replace('_', ' ')), 22)} {_shown(value)}" for name, value in plain.items()]
    for row in data["frame_candidates"]:
        picture = f", {row['picture']}" if "picture" in row else ""
        told = message(
            "filled { $value } %, score { $score } by { $source }",
            value=f"{100 * row['filled']:.0f}",
            score=f"{row['score']:.2f}",
            source=row["source"],
        )
        lines.append(f"{padded(said('candidate frame'), 22)} {row['frame']}: {said(told)}{picture}")
    warning = padded(said("warning"), 22)
    lines += [f"{warning} {item['code']}: {said(item['text'])}" for item in data["warnings"]]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    said = catalog()
    if value is None:
        return said("missing")
    if isinstance(value, list):
        return said(Joined(", ", map(str, value)) or "none")
    return said(str(value))
