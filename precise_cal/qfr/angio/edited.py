"""Everything that a person changed, with who, when and why, and the value before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from precise_cal.qfr.lumen.reference import fit_taper
from precise_cal.qfr.study.pointer import NOTHING, at, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.qfr.angio.findings import Findings
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.study.parts import Edit

Change = tuple[str, Any, Any]
"""A pointer into the study, the value that the program has without the change, and the value given."""


def changes(result: Findings) -> list[dict[str, Any]]:
    """The changes in the order of the form, then those edits that the program has no value of its own for.

    Where an edit names what was changed, it tells who; a change that no edit names has ``by`` None.
    """
    edits = result.study.edits
    listed, used = [], set()
    for pointer, before, after in _all(result):
        naming = [k for k, edit in enumerate(edits) if overlap(edit.pointer, pointer)]
        used.update(naming)
        listed.append(_entry(pointer, edits[naming[-1]] if naming else None, before, after))
    form = result.study.as_json()
    for k, edit in enumerate(edits):
        if k not in used:
            now = at(form, edit.pointer)
            listed.append(_entry(edit.pointer, edit, edit.before, None if now is NOTHING else now))
    return listed


def _entry(pointer: str, edit: Edit | None, before: Any, after: Any) -> dict[str, Any]:
    who = {"by": None, "at": None, "why": None} if edit is None else {"by": edit.by, "at": edit.at, "why": edit.why}
    return {"pointer": pointer, **who, "before": before, "after": after}


def _all(result: Findings) -> Iterator[Change]:
    for number, view in enumerate(result.views):
        yield from _of_view(f"/views/{number}", view)
    yield from _of_reference(result)
    if result.study.flow.front:
        yield "/flow/front", _front_before(result), [list(pair) for pair in result.study.flow.front]
    for code, answer in result.study.answers.items():
        yield f"/answers/{code}", "refuse", answer.answer


def _of_view(where: str, view: View) -> Iterator[Change]:
    spec, last = view.spec, view.source.cine.acquisition.frames - 1
    for name, whole in (("first_frame", 0), ("last_frame", last)):
        if (given := getattr(spec, name)) is not None:
            yield f"{where}/{name}", whole, given
    for side, before in view.pins_before.items():
        for number, (old, new) in enumerate(zip(before, getattr(spec.borders, side), strict=True)):
            yield f"{where}/borders/{side}/{number}", list(old), list(new)
    for number, polygon in enumerate(spec.exclude):
        yield f"{where}/exclude/{number}", None, [list(point) for point in polygon]
    if spec.flip:
        yield f"{where}/flip", False, True
    if spec.catheter is not None:
        yield (
            f"{where}/catheter",
            {"mm_per_pixel": view.calibration.isocenter},
            {"mm_per_pixel": round(view.calibration.mm_per_pixel, 5)},
        )


def _of_reference(result: Findings) -> Iterator[Change]:
    """Reference diameters at both ends of the vessel, by the program and as set."""
    given = result.study.reference
    if not (given.healthy or given.branches):
        return
    before, after = (
        {"proximal_mm": round(float(line[0]), 3), "distal_mm": round(float(line[-1]), 3)}
        for line in (fit_taper(result.analysis.lumen), result.analysis.reference_mm)
    )
    for name in ("healthy", "branches"):
        for number in range(len(getattr(given, name))):
            yield f"/reference/{name}/{number}", before, after


def _front_before(result: Findings) -> list[list[float]] | None:
    """The front found in the view whose frames are used, at the places that the person gave."""
    asked = result.study.flow
    view, front = result.views[asked.view], result.fronts[asked.view]
    times = view.cine.acquisition.times_s
    if front is None or times is None:
        return None
    places = np.array([place for _, place in asked.front])
    seconds = np.interp(places, front.arc_mm, front.fitted_s)
    frames = np.interp(seconds, times, np.arange(len(times))) + (view.spec.first_frame or 0)
    return [[round(float(frame), 2), float(place)] for frame, place in zip(frames, places, strict=True)]
