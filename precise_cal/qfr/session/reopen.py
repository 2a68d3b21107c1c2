"""A saved result read again: its study, its options and its films, which have to be the same files."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.files.regular import open_regular
from precise_cal.language.catalog import Verbatim, message, words_of
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import Settings
from precise_cal.qfr.lumen.models import Fluid
from precise_cal.qfr.study.study import read_json, study_of

if TYPE_CHECKING:
    from precise_cal.qfr.study.study import Study

SAMPLES: Final = 400
"""Of the interval, where nobody says otherwise (own)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be analyzed, and how.

    Attributes:
        study: The study, with its films found.
        settings: Model, fluid and aortic pressure; None where the file is a study, which does not say.
        samples: Of the interval; None likewise.
    """

    study: Study
    settings: Settings | None = None
    samples: int | None = None


def read_request(path: Path, films: Path | None = None) -> Request:
    """Reads a study, or a result that is to be computed again.

    Args:
        path: STUDY.json or RESULT.json.
        films: Where the films lie; None: where the study says, or beside the file.

    Raises:
        QfrError: the file is neither, or a film of a result is absent or another one.
    """
    data = read_json(path)
    if not (isinstance(data, dict) and "study" in data and "schema_version" in data):
        study = study_of(data, path)
        return Request(study if films is None else study.within(films))
    study = study_of(data["study"], path)
    inputs, options = _listed(data, "inputs", path), data.get("options")
    if len(inputs) != len(study.views) or not isinstance(options, dict):
        raise QfrError(
            message("{ $path }: a result with inputs for each view and options is expected", path=Verbatim(path))
        )
    places = {view.file: _same_file(view.file, one, path, films) for view, one in zip(study.views, inputs, strict=True)}
    try:
        fluid = Fluid(options["density_kg_m3"], options["viscosity_Pa_s"])
        settings = Settings(options["aortic_pressure_mmhg"], options["model"], options["flow_law"], fluid)
        return Request(study.within(path.parent, places), settings, int(options["samples"]))
    except KeyError as error:
        raise QfrError(
            message(
                "{ $path }: /options/{ $args }: nothing found, what this program writes is expected",
                path=Verbatim(path),
                args=error.args[0],
            )
        ) from error
    except (TypeError, ValueError) as error:
        raise QfrError(
            message(
                "{ $path }: /options: what this program writes is expected ({ $error })",
                path=Verbatim(path),
                error=words_of(error),
            )
        ) from error


def _listed(data: dict[str, Any], name: str, path: Path) -> list[dict[str, Any]]:
    found = data.get(name)
    if not isinstance(found, list) or not all(isinstance(one, dict) and "sha256" in one for one in found):
        raise QfrError(
            message(
                "{ $path }: /{ $name }: a list of files with their sha256 is expected, as this program writes it",
                path=Verbatim(path),
                name=name,
            )
        )
    return found


def _same_file(file: str, told: dict[str, Any], path: Path, films: Path | None) -> Path:
    """The film of a view: the first of the places it may lie at, if it is the same file."""
    folders = [films] if films is not None else [path.parent, Path.cwd()]
    places = list(dict.fromkeys(folder / name for folder in folders for name in (file, Path(file).name)))
    there = [place for place in places if place.is_file()]
    if not there:
        looked = ", ".join(str(place) for place in places)
        raise QfrError(
            message(
                "{ $path }: the film { $file } is not there (looked for { $looked }); --films FOLDER names its place",
                path=Verbatim(path),
                file=Verbatim(file),
                looked=looked,
            )
        )
    for place in there:
        with open_regular(place) as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == told["sha256"]:
                return place
    raise QfrError(
        message(
            "{ $path }: { $there } is not the film that was analyzed: its SHA-256 is not { $sha256 }; "
            "--films FOLDER names the place of the right one",
            path=Verbatim(path),
            there=there[0],
            sha256=told["sha256"],
        )
    )
