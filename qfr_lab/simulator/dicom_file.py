"""Writing a simulated run as a DICOM XA file (PS3.3 A.14), in the dialects that real systems write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pydicom.dataset import FileDataset

XA_STORAGE = "1.2.840.10008.5.1.4.1.1.12.1"
UID_ROOT = "2.25."
"""Root of UIDs that are made from a UUID-sized number (PS3.5 B.2)."""


@dataclass(frozen=True, slots=True)
class XaTags:
    """What the header shall say; None leaves an element out.

    Attributes:
        primary_deg: Positioner Primary Angle.
        secondary_deg: Positioner Secondary Angle.
        sid_mm: Distance Source to Detector.
        sod_mm: Distance Source to Patient.
        spacing_mm: Imager Pixel Spacing (square).
        field_mm: Field of View Dimension (square).
        frame_time_ms: Frame Time.
        frame_vector_ms: Frame Time Vector, which then is what the Frame Increment Pointer points to.
        relationship: Pixel Intensity Relationship.
        bits: Bits stored, 8 to 16.
        r_waves: Frames of R waves, from 0.
        manufacturer: Manufacturer.
        isocenter_mm: Source to isocenter in Siemens' private element.
        shutter: Left, right, upper and lower edge of a rectangular shutter, from 1.
        motion: Positioner Motion.
        rotation_deg: Field of View Rotation; the pixels given have been turned already.
        flip: Field of View Horizontal Flip, likewise.
        rle: Compress with RLE Lossless.
        seed: Number from which the UIDs are made.
    """

    primary_deg: float | None = 0.0
    secondary_deg: float | None = 0.0
    sid_mm: float | None = 1050.0
    sod_mm: float | None = 750.0
    spacing_mm: float | None = 0.308
    field_mm: int | None = None
    frame_time_ms: float | None = 66.6667
    frame_vector_ms: tuple[float, ...] | None = None
    relationship: str | None = "LIN"
    bits: int = 10
    r_waves: tuple[int, ...] = ()
    manufacturer: str = "PRECISE SIMULATOR"
    isocenter_mm: float | None = None
    shutter: tuple[int, int, int, int] | None = None
    motion: str | None = "STATIC"
    rotation_deg: int | None = None
    flip: bool | None = None
    rle: bool = False
    seed: int = 0


def xa_dataset(pixels: NDArray[Any], tags: XaTags) -> FileDataset:
    """The data set of a run.

    Args:
        pixels: (frames, rows, columns) unsigned whole numbers below 2**bits.
        tags: What the header shall say.
    """
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(XA_STORAGE)
    meta.MediaStorageSOPInstanceUID = UID(f"{UID_ROOT}{10**20 + tags.seed}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    _identity(ds, tags)
    _gantry(ds, tags)
    _timing(ds, tags)
    _pixels(ds, pixels, tags)
    if tags.rle:
        from pydicom.uid import RLELossless

        ds.compress(RLELossless, generate_instance_uid=False)
    return ds


def write_xa(path: Path, pixels: NDArray[Any], tags: XaTags) -> None:
    """Writes a run; arguments as for :func:`xa_dataset`."""
    xa_dataset(pixels, tags).save_as(path, enforce_file_format=True)


def _identity(ds: FileDataset, tags: XaTags) -> None:
    ds.SOPClassUID = XA_STORAGE
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID
    ds.StudyInstanceUID = f"{UID_ROOT}{2 * 10**20 + tags.seed}"
    ds.SeriesInstanceUID = f"{UID_ROOT}{3 * 10**20 + tags.seed}"
    ds.Modality, ds.Manufacturer = "XA", tags.manufacturer
    ds.PatientName, ds.PatientID = "SIMULATED^VESSEL", "SIM"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]


def _gantry(ds: FileDataset, tags: XaTags) -> None:
    if tags.motion is not None:
        ds.PositionerMotion = tags.motion
    for keyword, value in (
        ("PositionerPrimaryAngle", tags.primary_deg),
        ("PositionerSecondaryAngle", tags.secondary_deg),
        ("DistanceSourceToDetector", tags.sid_mm),
        ("DistanceSourceToPatient", tags.sod_mm),
    ):
        if value is not None:
            setattr(ds, keyword, f"{value:.6g}")
    if tags.spacing_mm is not None:
        ds.ImagerPixelSpacing = [f"{tags.spacing_mm:.6g}"] * 2
    if tags.field_mm is not None:
        ds.FieldOfViewDimensions = [tags.field_mm, tags.field_mm]
    if tags.rotation_deg is not None:
        ds.FieldOfViewRotation = str(tags.rotation_deg)
    if tags.flip is not None:
        ds.FieldOfViewHorizontalFlip = "YES" if tags.flip else "NO"
    if tags.isocenter_mm is not None:
        block = ds.private_block(0x0021, "SIEMENS SMS-AX  ACQ 1.0", create=True)
        block.add_new(0x17, "SL", round(tags.isocenter_mm))
    if tags.shutter is not None:
        ds.ShutterShape = "RECTANGULAR"
        ds.ShutterLeftVerticalEdge, ds.ShutterRightVerticalEdge = tags.shutter[:2]
        ds.ShutterUpperHorizontalEdge, ds.ShutterLowerHorizontalEdge = tags.shutter[2:]


def _timing(ds: FileDataset, tags: XaTags) -> None:
    if tags.frame_vector_ms is not None:
        ds.FrameTimeVector = [f"{value:.6g}" for value in tags.frame_vector_ms]
        ds.FrameIncrementPointer = 0x00181065
    elif tags.frame_time_ms is not None:
        ds.FrameTime = f"{tags.frame_time_ms:.6g}"
        ds.FrameIncrementPointer = 0x00181063
        ds.CineRate = round(1000.0 / tags.frame_time_ms)
    if tags.r_waves:
        ds.RWavePointer = [frame + 1 for frame in tags.r_waves]


def _pixels(ds: FileDataset, pixels: NDArray[Any], tags: XaTags) -> None:
    frames, rows, columns = pixels.shape
    allocated = 8 if tags.bits == 8 else 16
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames, rows, columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = (
        allocated,
        tags.bits,
        tags.bits - 1,
        0,
    )
    if tags.relationship is not None:
        ds.PixelIntensityRelationship = tags.relationship
    data = pixels.astype("<u1" if allocated == 8 else "<u2").tobytes()
    ds.PixelData = data + b"\0" * (len(data) % 2)
