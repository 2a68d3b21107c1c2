"""STUDY.json: which files, frames and points make an analysis, and what a person corrected. Read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from precise_cal.files.regular import read_regular
from precise_cal.language.catalog import Verbatim, message, placed, words_of
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.study.answers import BY_EYE
from precise_cal.qfr.study.parts import (
    MMHG,
    Answer,
    Borders,
    Branch,
    Catheter,
    Edit,
    FlowSpec,
    Part,
    PressureSpec,
    ReferenceSpec,
    Text,
    ViewSpec,
)
from precise_cal.qfr.study.pointer import NOTHING, at
from precise_cal.qfr.study.problems import Expected, problems

if TYPE_CHECKING:
    from typing import Self


class Study(Part):
    """A study: what is to be analyzed, and what a person corrected.

    ``file`` of views is relative to ``folder``, which is not part of the form.
    """

    schema_: str | None = Field(default=None, alias="$schema", description="The schema of this form, for editors.")
    vessel: Annotated[str, Field(min_length=1), Expected('a name such as "LAD"')] = Field(
        description="LAD, LCX, RCA, …"
    )
    views: Annotated[tuple[ViewSpec, ...], Field(min_length=1, max_length=2), Expected("one or two views")] = Field(
        description="One view: lengths of the shadow; two views: a lumen in space."
    )
    flow: FlowSpec = Field(default=FlowSpec(method="contrast"), description="Contrast flow, a fixed or a given one.")
    aortic_pressure: PressureSpec | None = Field(
        default=None, description="Mean aortic pressure; wins over the option."
    )
    reference: ReferenceSpec = Field(default=ReferenceSpec(), description="The healthy vessel, where a person sets it.")
    answers: dict[str, Answer] = Field(
        {}, description=f"Answers by code to what rests on the eye: {', '.join(BY_EYE)}."
    )
    edits: tuple[Edit, ...] = Field(default=(), description="Who changed what, when and why, in this order.")
    participant: Text | None = Field(default=None, description="Shown on the page; nothing is read out of the films.")
    acquired_at: Text | None = Field(default=None, description="Date or date-time of the films, shown on the page.")
    operator: Text | None = Field(default=None, description="Who analyzed, shown on the page.")
    _folder: Path = PrivateAttr(default=Path())
    _places: dict[str, Path] = PrivateAttr(default={})

    @property
    def aortic_pressure_mmhg(self) -> float | None:
        """Mean aortic pressure in mm[Hg]; None where not given."""
        given = self.aortic_pressure
        return None if given is None else given.value * MMHG[given.unit]

    def path(self, view: ViewSpec) -> Path:
        """Where the file of a view lies."""
        return self._places.get(view.file, self._folder / view.file)

    def within(self, folder: Path, places: dict[str, Path] | None = None) -> Study:
        """The same study, with its files in this folder, or where ``places`` says by their names in the study."""
        moved = self.model_copy()
        object.__setattr__(moved, "__pydantic_private__", {"_folder": folder, "_places": places or {}})
        return moved

    def as_json(self) -> dict[str, Any]:
        """The form as it was given; read again, it gives the same study."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.views) == 2 and len(self.views[0].anchor) != len(self.views[1].anchor):
            raise ValueError("views: both views need the same number of anchors, in the same order")
        if self.flow.view >= len(self.views):
            raise ValueError(f"flow/view: {self.flow.view} found, there is one view only")
        form = self.as_json()
        for number_of, edit in enumerate(self.edits):
            if edit.before is None and at(form, edit.pointer) is NOTHING:
                raise ValueError(
                    message(
                        "edits/{ $number_of }/pointer: { $pointer } points to nothing in this study",
                        number_of=number_of,
                        pointer=edit.pointer,
                    )
                )
        for code in self.answers:
            if code not in BY_EYE:
                raise ValueError(
                    message(
                        "answers/{ $code }: no answer is taken to this code; by eye are { $by_eye }",
                        code=code,
                        by_eye=", ".join(BY_EYE),
                    )
                )
        return self


PARTS: dict[str, type[Part]] = {
    "": Study, "views": ViewSpec, "catheter": Catheter, "borders": Borders, "flow": FlowSpec, "answers": Answer,
    "aortic_pressure": PressureSpec, "reference": ReferenceSpec, "branches": Branch, "edits": Edit,
}  # fmt: skip
"""Which part stands under which name of the form."""


def read_study(path: Path) -> Study:
    """Reads a study; files of views are relative to it.

    Raises:
        QfrError: not readable, no JSON, or fields are missing, unknown or of the wrong kind; every place is named.
    """
    return study_of(read_json(path), path)


def study_of(data: Any, path: Path) -> Study:
    """The study in this data, which comes from this file.

    Raises:
        QfrError: as in ``read_study``.
    """
    try:
        return Study.model_validate(data).within(path.parent)
    except ValidationError as error:
        raise QfrError(placed(path, problems(error, PARTS))) from error


MOST_BYTES = 64_000_000
"""The largest study or result that is read; a result of a long run takes about one."""


def read_json(path: Path) -> Any:
    """A JSON file without duplicate names and without NaN.

    Raises:
        QfrError: not readable, or no such JSON.
    """
    try:
        data = read_regular(path, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise QfrError(
                message(
                    "{ $path }: more than { $most_bytes } bytes; a study has far fewer",
                    path=Verbatim(path),
                    most_bytes=f"{MOST_BYTES:,}",
                )
            )
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refused)
    except OSError as error:
        raise QfrError(
            message("{ $path }: cannot be read ({ $strerror })", path=Verbatim(path), strerror=error.strerror)
        ) from error
    except (ValueError, RecursionError) as error:
        raise QfrError(
            message("{ $path }: no JSON text: { $error }", path=Verbatim(path), error=words_of(error))
        ) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(message("the name { $name } stands twice in one object", name=f"{name!r}"))
        found[name] = value
    return found


def _refused(text: str) -> Any:
    raise ValueError(message("{ $text } is no number", text=text))


def study_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of STUDY.json."""
    schema = Study.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
