"""How contrast travels: plug flow through the true lumen, pulsatile, with an edge that blurs on its way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bolus:
    """An injection and the flow that carries it.

    Attributes:
        flow_mm3_s: Mean flow.
        start_s: Time at which the contrast enters the vessel.
        rise_s: Time in which the concentration at the inlet rises from 0 to 1.
        length_s: Time for which it stays.
        pulsation: Amplitude of the flow relative to its mean, 0 to 1.
        heart_hz: Heart rate.
        dispersion_s: Standard deviation that the front gains for each second of travel, in seconds.
    """

    flow_mm3_s: float
    start_s: float = 0.3
    rise_s: float = 0.15
    length_s: float = 3.0
    pulsation: float = 0.0
    heart_hz: float = 1.1
    dispersion_s: float = 0.05

    def carried(self, time: Array) -> Array:
        """Volume in mm³ that has passed the inlet since time 0, the integral of the flow."""
        turn = 2.0 * np.pi * self.heart_hz
        return np.asarray(self.flow_mm3_s * (time + self.pulsation / turn * (1.0 - np.cos(turn * time))))

    def concentration(self, volume: Array, time: float) -> Array:
        """Concentration (1 = undiluted) where ``volume`` mm³ of lumen lie between the inlet and a place.

        What is there now entered when the carried volume was smaller by just that: mass is conserved.
        """
        clock = np.linspace(-20.0, time + 1e-9, 4001)
        entered = np.interp(self.carried(np.array([time]))[0] - volume, self.carried(clock), clock)
        width = 0.5 * self.rise_s + self.dispersion_s * np.maximum(time - entered, 0.0)
        middle = self.start_s + 0.5 * self.rise_s
        front = _step((entered - middle) / width)
        tail = _step((entered - middle - self.length_s) / width)
        return np.asarray(front - tail)

    def arrival(self, volume: Array) -> Array:
        """Time in seconds at which the middle of the front has crossed ``volume`` mm³ of lumen."""
        clock = np.linspace(0.0, 60.0, 60001)
        start = self.carried(np.array([self.start_s + 0.5 * self.rise_s]))[0]
        return np.asarray(np.interp(start + volume, self.carried(clock), clock))


def _step(x: Array) -> Array:
    """A smooth step with standard deviation 1."""
    from scipy.special import ndtr

    return np.asarray(ndtr(x))
