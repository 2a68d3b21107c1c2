"""The rule for the distal point: QFR is taken where the pressure behind the last lesion has recovered.

Static pressure recovers behind a lesion while its jet mixes and the profile develops again, over up to 0.06 Re D: some
50 mm in a coronary artery. Where the vessel is clicked to end sooner, the ratio at its last sample is too low by what
has not recovered yet, up to 0.08 in one measured study, and two readers who click 20 mm apart differ by that. So the
vessel is carried on, in thought, by a straight tube of its distal reference diameter, in which lumen and healthy
vessel lose the same once the flow has developed; QFR is the ratio at the end of that tube. It is what the loss
formulas of the field mean (Young & Tsai 1973, Gould 1978, Huo et al. 2012: from ahead of a stenosis to full recovery
behind it), and what a pressure wire comes closest to where its sensor lies 20 to 30 mm below the last lesion, as is
asked for in measuring FFR (Toth et al. 2016, J Am Coll Cardiol 68:742). The pressure along the vessel, and its total
drop, stay those of the last sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.qfr.lumen.models import Tube

if TYPE_CHECKING:
    from precise_cal.qfr._types import Array
    from precise_cal.qfr.lumen.models import Fluid

DEVELOPING: Final = 0.06  # entrance length of laminar pipe flow over Re D (to 99 % on the axis)
DIAMETERS: Final = 10.0  # own: and as many diameters, for the jet to reach the wall
OPENING: Final = 2.0  # own: diameters over which the last lumen goes over into its reference
SAMPLES: Final = 16  # own: of that stretch


def both_tubes(
    position_mm: Array, diameter_mm: Array, reference_mm: Array, flow: Array, fluid: Fluid
) -> tuple[Tube, Tube]:
    """Lumen and healthy vessel in SI units, both carried on; samples of shape (n,), the first n are those given."""
    x, end = 1e-3 * position_mm, 5e-4 * float(reference_mm[-1])
    lumen, healthy = (Tube(x, 5e-4 * diameter, flow) for diameter in (diameter_mm, reference_mm))
    return carried_on(lumen, end, fluid), carried_on(healthy, end, fluid)


def carried_on(tube: Tube, end_radius: float, fluid: Fluid) -> Tube:
    """The tube with its continuation: from its last radius to ``end_radius`` (m), then straight, at its last flow."""
    diameter, flow = 2.0 * end_radius, float(tube.flow[-1])
    reynolds = 4.0 * fluid.density_kg_m3 * flow / (np.pi * fluid.viscosity_pa_s * diameter)
    length = (DIAMETERS + DEVELOPING * reynolds) * diameter
    away: Array = np.append(diameter * np.linspace(0.0, OPENING, SAMPLES + 1)[1:], length)
    share = 0.5 - 0.5 * np.cos(np.pi * np.clip(away / (OPENING * diameter), 0.0, 1.0))
    radius = tube.radius[-1] + (end_radius - tube.radius[-1]) * share
    return Tube(
        np.concatenate((tube.x, tube.x[-1] + away)),
        np.concatenate((tube.radius, radius)),
        np.concatenate((tube.flow, np.full(away.size, flow))),
    )
