"""Flow from a contrast front that a person moved or accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from precise_cal.language.catalog import message, words_of
from precise_cal.qfr.angio.findings import FlowFound
from precise_cal.qfr.errors import QfrError
from precise_cal.qfr.lumen.analysis import Remark
from precise_cal.qfr.lumen.flow import contrast_flow

if TYPE_CHECKING:
    from precise_cal.qfr.angio.view import View
    from precise_cal.qfr.front.fit import Front
    from precise_cal.qfr.lumen.lumen import Lumen
    from precise_cal.qfr.study.parts import FlowSpec


def by_hand(asked: FlowSpec, views: tuple[View, ...], lumen: Lumen, fronts: tuple[Front | None, ...]) -> FlowFound:
    """The flow of the front given: the least-squares line of distance over time through its points.

    Args:
        asked: The front, in frames of one view and mm along the vessel.
        views: The views.
        lumen: The lumen, which the front runs along.
        fronts: Those that the program found; they stay in the result, beside the one used.

    Raises:
        QfrError: a point lies outside the run or the vessel.
    """
    found = views[asked.view].cine.acquisition
    frames, places = np.array(asked.front).T
    frames = frames - (views[asked.view].spec.first_frame or 0)
    if frames[0] < 0.0 or frames[-1] > found.frames - 1.0:
        raise QfrError(
            message("/flow/front: frames outside those that count of view { $value }", value="AB"[asked.view])
        )
    if places[0] < 0.0 or places[-1] > lumen.length_mm + 0.5:
        raise QfrError(
            message(
                "/flow/front: places from 0 to { $length_mm } mm, the length of the vessel, are expected",
                length_mm=f"{lumen.length_mm:.1f}",
            )
        )
    assert found.times_s is not None
    seconds = np.interp(frames, np.arange(found.frames), found.times_s)
    velocity = 1e-3 * float(np.polyfit(seconds, places, 1)[0])
    rate = found.frame_rate_hz or 0.0
    try:
        flow = contrast_flow(lumen.length_mm, 1e-3 * lumen.length_mm * rate / velocity, rate)
    except QfrError as error:
        return FlowFound(None, fronts, (), (Remark("CONTRAST_VELOCITY", words_of(error)),))
    text = message(
        "the front was given by a person in view { $value }: { $velocity } m/s",
        value="AB"[asked.view],
        velocity=f"{velocity:.3f}",
    )
    return FlowFound(flow, fronts, (Remark("FRONT_GIVEN", text),))
