"""What a cine file says about itself, as far as the analysis needs it: no patient identifier is held here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Warn:
    """A doubt about a file: a stable code and a sentence for the reader."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Angles:
    """Positioner angles in degrees: primary + is LAO, secondary + is cranial (PS3.3 C.8.7.5)."""

    primary: float
    secondary: float

    def flipped(self) -> Angles:
        """The same gantry with both signs turned, for files whose signs contradict their picture."""
        return Angles(-self.primary, -self.secondary)

    def __str__(self) -> str:
        side = "LAO" if self.primary >= 0 else "RAO"
        tilt = "CRAN" if self.secondary >= 0 else "CAUD"
        return f"{side} {abs(self.primary):.1f}° {tilt} {abs(self.secondary):.1f}°"


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances of the gantry in mm.

    ``to_object`` is the standard's (0018,1111); vendors mean the patient with it, or the isocenter.
    ``to_isocenter`` is set only where a file says so itself or its vendor is known to mean it.
    """

    to_detector: float | None
    to_object: float | None
    to_isocenter: float | None


@dataclass(frozen=True, slots=True)
class Shutter:
    """The open part of the picture, in columns and rows from 0, both ends included."""

    left: int
    right: int
    upper: int
    lower: int


@dataclass(frozen=True, slots=True)
class Turn:
    """How the stored picture was turned relative to the detector (PS3.3 C.8.11.4, Field of View Rotation and Flip).

    Attributes:
        clockwise_deg: Rotation of the picture: 0, 90, 180 or 270.
        flipped: True where left and right were exchanged after that.
    """

    clockwise_deg: int = 0
    flipped: bool = False

    def __str__(self) -> str:
        return f"{self.clockwise_deg}° clockwise{', then flipped' if self.flipped else ''}"


UPRIGHT = Turn()
"""Stored as the detector has it."""


@dataclass(frozen=True, slots=True)
class Acquisition:
    """One cine run.

    Attributes:
        rows: Height of a frame in pixels.
        columns: Width of a frame in pixels.
        frames: Number of frames.
        bits: Bits stored per pixel.
        intensity: ``linear``, ``logarithmic`` or ``unknown``: how a pixel relates to the X-ray intensity once
            the modality look-up table has been applied.
        relationship: Pixel Intensity Relationship as written, or None.
        times_s: Time of each frame after the first, or None where the file does not tell.
        angles: Positioner angles, or None.
        distances: Distances of the gantry.
        detector_spacing_mm: Row and column spacing at the detector, or None.
        spacing_source: Where the spacing comes from: ``imager``, ``field_of_view``, ``intensifier``, or None.
        turn: How the picture lies on the detector, or None where the file does not tell.
        object_spacing_mm: Pixel Spacing (0028,0030) where it is written, or None.
        r_waves: Frames (from 0) at which an R wave was marked.
        ecg: ECG samples over the whole run, evenly spaced, or None.
        shutter: The open part of the frame, or None where nothing is masked.
        trim: First and last frame meant to be shown, from 0.
        transfer_syntax: Name of the transfer syntax.
        manufacturer: Manufacturer as written.
        lossy: True where the picture has been compressed with loss.
        warnings: What a user should know before trusting the above.
    """

    rows: int
    columns: int
    frames: int
    bits: int
    intensity: str
    relationship: str | None
    times_s: tuple[float, ...] | None
    angles: Angles | None
    distances: Distances
    detector_spacing_mm: tuple[float, float] | None
    spacing_source: str | None
    turn: Turn | None
    object_spacing_mm: tuple[float, float] | None
    r_waves: tuple[int, ...]
    ecg: tuple[float, ...] | None
    shutter: Shutter | None
    trim: tuple[int, int]
    transfer_syntax: str
    manufacturer: str
    lossy: bool
    warnings: tuple[Warn, ...]

    def warned(self, code: str) -> bool:
        """Whether there is a warning of a code."""
        return any(warning.code == code for warning in self.warnings)

    @property
    def frame_rate_hz(self) -> float | None:
        """Mean frame rate, or None where frame times are unknown or there is one frame only."""
        if self.times_s is None or self.frames < 2 or self.times_s[-1] <= 0:
            return None
        return (self.frames - 1) / self.times_s[-1]

    @property
    def densitometry_allowed(self) -> bool:
        """True where absorption can be computed from the pixels; display values have an unknown curve."""
        return self.intensity in {"linear", "logarithmic"}


@dataclass(frozen=True, slots=True)
class Cine:
    """A run and its pixels.

    Attributes:
        acquisition: What the file says.
        pixels: (frames, rows, columns), modality look-up table applied, brighter = more X-rays; in the
            smallest type that holds the values.
    """

    acquisition: Acquisition
    pixels: NDArray[np.generic]

    def frame(self, index: int) -> NDArray[np.float32]:
        """One frame, (rows, columns), as float32."""
        frame: NDArray[np.float32] = self.pixels[index].astype("float32")
        return frame
