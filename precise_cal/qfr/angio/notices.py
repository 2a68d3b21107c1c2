"""What a reader should know of a view: its file, its frame, its scale, its outline and its clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.contour.segment import SNAP_MM, UNSURE_MM
from precise_cal.qfr.lumen.analysis import Remark

if TYPE_CHECKING:
    from precise_cal.qfr.contour.segment import Contour
    from precise_cal.qfr.dicom.acquisition import Cine
    from precise_cal.qfr.dicom.calibration import Calibration
    from precise_cal.qfr.frames.phase import Candidate
    from precise_cal.qfr.study.parts import ViewSpec


def notices_of(
    name: str, cine: Cine, frame: int, chosen: tuple[Candidate, ...], calibration: Calibration, contour: Contour
) -> tuple[Remark, ...]:
    """Notices of file, frame, scale and resolution."""
    notices = [
        Remark(warning.code, message("view { $name }: { $text }", name=name, text=warning.text))
        for warning in cine.acquisition.warnings
    ]
    if chosen:
        others = ", ".join(str(one.frame) for one in chosen)
        notices.append(
            Remark(
                "FRAME_CHOSEN",
                message(
                    "view { $name }: frame { $frame } chosen by { $source } of { $others }",
                    name=name,
                    frame=frame,
                    source=chosen[0].source,
                    others=others,
                ),
            )
        )
    if calibration.disagree:
        text = message(
            "isocenter { $isocenter }, catheter { $catheter } mm per pixel",
            isocenter=f"{calibration.isocenter:.4f}",
            catheter=f"{calibration.catheter:.4f}",
        )
        notices.append(Remark("CALIBRATIONS_DISAGREE", message("view { $name }: { $text }", name=name, text=text)))
    if contour.unresolved.any():
        share, at = 100.0 * float(contour.unresolved.mean()), int(np.argmin(contour.diameter_mm))
        text = message(
            "over { $share } % of the vessel the picture leaves more than { $unsure_mm } mm or a quarter of it open",
            share=f"{share:.0f}",
            unsure_mm=UNSURE_MM,
        )
        least = message(
            "{ $diameter_mm } ± { $spread_mm } mm, blur { $mean } mm",
            diameter_mm=f"{contour.diameter_mm[at]:.2f}",
            spread_mm=f"{contour.spread_mm[at]:.2f}",
            mean=f"{contour.blur.mean:.2f}",
        )
        notices.append(
            Remark(
                "BELOW_RESOLUTION",
                message("view { $name }: { $text }; narrowest { $least }", name=name, text=text, least=least),
            )
        )
    return tuple(notices)


def moved_clicks(spec: ViewSpec, name: str, contour: Contour, factor: float) -> list[Remark]:
    """Notices for clicks at the ends that lie beside the vessel."""
    notices = []
    for end, click, place in (("proximal", spec.proximal, 0), ("distal", spec.distal, -1)):
        away = factor * float(np.linalg.norm(contour.midline[place] - np.array(click)))
        if away > SNAP_MM:
            where = ", ".join(f"{value:.0f}" for value in contour.midline[place])
            text = message(
                "view { $name }: the { $end } click lies { $away } mm from the vessel, which ends at [{ $where }]",
                name=name,
                end=end,
                away=f"{away:.1f}",
                where=where,
            )
            notices.append(Remark("CLICK_MOVED", text))
    return notices
