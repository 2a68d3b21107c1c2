"""Headers that lie: what is there is read, what was corrected is told, what stays open refuses a number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from precise_cal.qfr.angio.analyzability import judge_scale
from precise_cal.qfr.contour.absorbance import BORDER, open_field
from precise_cal.qfr.dicom.acquisition import Cine
from precise_cal.qfr.dicom.calibration import Calibration, calibrate, isocenter_factor
from precise_cal.qfr.dicom.reader import read_cine, read_header
from precise_cal.qfr.errors import QfrError
from qfr_lab.simulator.dicom_file import XaTags, xa_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from precise_cal.qfr.contour.segment import Contour

PIXELS = np.random.default_rng(2).integers(0, 256, (3, 64, 64), dtype=np.uint16)
PLAIN = XaTags(bits=8)
CURVE = np.linspace(80, 4022, 256).astype(np.uint16)


def written(tmp_path: Path, tags: XaTags = PLAIN, *, lut: Dataset | None = None, **elements: Any) -> Path:
    ds = xa_dataset(PIXELS, tags)
    if lut is not None:
        ds.ModalityLUTSequence = Sequence([lut])
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    path = tmp_path / "run.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


def table(descriptor: list[int], data: bytes | list[int], kind: str = "OW") -> Dataset:
    item = Dataset()
    item.add_new(0x00283002, "US", descriptor)
    item.add_new(0x00283006, kind, data)
    return item


WORDS = CURVE.astype("<u2").tobytes()


@pytest.mark.parametrize(
    ("lut", "told"),
    [
        (table([256, 0, 16], WORDS), None),
        (table([256, 0, 16], CURVE.tolist(), "US"), None),
        (table([256, 0, 8], WORDS), "declares 8 bits and holds values up to 4022"),
        (table([256, 0, 8], CURVE.tolist(), "US"), "declares 8 bits and holds values up to 4022"),
        (table([4096, 0, 12], WORDS), "declares 4096 entries and holds 256"),
        (table([0, 0, 12], WORDS), "declares 65536 entries and holds 256"),
        (table([256, 1024, 12], WORDS), "begins at 1024 and has an entry for each stored value from 0"),
    ],
)
def test_a_look_up_table_is_read_as_it_is_there(tmp_path: Path, lut: Dataset, told: str | None) -> None:
    cine = read_cine(written(tmp_path, lut=lut))
    np.testing.assert_array_equal(cine.pixels, CURVE[PIXELS])
    texts = [warning.text for warning in cine.acquisition.warnings if warning.code == "MODALITY_LUT"]
    assert texts == ([] if told is None else [f"the modality look-up table {told}: read as it is there"])


def test_a_table_of_bytes_and_one_shorter_than_the_pixels(tmp_path: Path) -> None:
    flat = np.arange(255, -1, -1, dtype=np.uint8)
    by_bytes = read_cine(written(tmp_path, lut=table([256, 0, 8], flat.tobytes())))
    np.testing.assert_array_equal(by_bytes.pixels, 255 - PIXELS)
    short = read_cine(written(tmp_path, lut=table([100, 50, 16], CURVE[:100].astype("<u2").tobytes())))
    np.testing.assert_array_equal(short.pixels, CURVE[np.clip(PIXELS.astype(int) - 50, 0, 99)])


@pytest.mark.parametrize("lut", [table([256, 0, 8], b""), table([256, 0], WORDS)])
def test_a_table_without_entries_is_refused_by_name(tmp_path: Path, lut: Dataset) -> None:
    with pytest.raises(QfrError, match=r"run.dcm: .*(look-up table holds no entries|LUTDescriptor: 2 values)"):
        read_cine(written(tmp_path, lut=lut))


def test_inverted_pixels_behind_a_table_stay_positive(tmp_path: Path) -> None:
    cine = read_cine(written(tmp_path, lut=table([256, 0, 16], WORDS), PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_array_equal(cine.pixels, CURVE[PIXELS].max() - CURVE[PIXELS])


@pytest.mark.parametrize(("slope", "pixels"), [("0", PIXELS), ("2", PIXELS * 2.0)])
def test_a_slope_of_zero_is_none(tmp_path: Path, slope: str, pixels: np.ndarray) -> None:
    cine = read_cine(written(tmp_path, RescaleSlope=slope, RescaleIntercept="0"))
    np.testing.assert_allclose(cine.pixels, pixels)
    assert cine.acquisition.warned("RESCALE") == (slope == "0")


FIELD = {"FieldOfViewDimensions": [192, 192]}
SPACINGS: list[tuple[dict[str, Any], float | None, str | None, str | None]] = [
    ({"ImagerPixelSpacing": [3.0, 3.0]}, 3.0, "imager", None),
    ({"ImagerPixelSpacing": [1.0, 1.0]}, None, None, "NO_SPACING"),
    ({"ImagerPixelSpacing": [1.0, 1.0], **FIELD}, 3.0, "field_of_view", "SPACING_CORRECTED"),
    ({"ImagerPixelSpacing": [1.0, 1.0], "IntensifierSize": "192"}, 3.0, "intensifier", "SPACING_CORRECTED"),
    ({"ImagerPixelSpacing": [9.0, 9.0], **FIELD}, 3.0, "field_of_view", "SPACING_CORRECTED"),
    ({"ImagerPixelSpacing": [3.0, 3.0], "FieldOfViewDimensions": [200, 200]}, 3.0, "imager", None),
    ({"ImagerPixelSpacing": [3.0, 3.0], "IntensifierSize": "271"}, 3.0, "imager", None),
    ({"ImagerPixelSpacing": [3.0, 3.0], "IntensifierSize": "120"}, 3.0, "imager", "SPACING_CONTRADICTED"),
    ({"ImagerPixelSpacing": [1.5, 1.5], **FIELD}, 3.0, "field_of_view", "SPACING_CONTRADICTED"),
    ({**FIELD, "IntensifierSize": "150"}, 3.0, "field_of_view", "SPACING_FROM_FOV"),
    ({"FieldOfViewDimensions": [0, 0], "IntensifierSize": "192"}, 3.0, "intensifier", "SPACING_FROM_INTENSIFIER"),
    ({"IntensifierSize": "17"}, None, None, "NO_SPACING"),
]


@pytest.mark.parametrize(("elements", "spacing", "source", "code"), SPACINGS)
def test_spacing_is_held_against_field_and_intensifier(
    tmp_path: Path, elements: dict[str, Any], spacing: float | None, source: str | None, code: str | None
) -> None:
    found = read_header(written(tmp_path, XaTags(bits=8, spacing_mm=None), **elements))
    assert found.detector_spacing_mm == (None if spacing is None else pytest.approx((spacing, spacing)))
    assert found.spacing_source == source
    assert [warning.code for warning in found.warnings] == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("pixel_spacing", "expected"),
    [
        ([1.0, 1.0], None),
        ([20.0, 20.0], None),
        ([0.308, 0.308], None),
        ([0.22, 0.22], 0.22),
    ],
    ids=["placeholder", "impossible", "that of the detector", "possible"],
)
def test_pixel_spacing_counts_where_it_can_be_that_of_the_patient(
    tmp_path: Path, pixel_spacing: list[float], expected: float | None
) -> None:
    tags = XaTags(bits=8, sid_mm=None, sod_mm=None)
    factor = isocenter_factor(read_header(written(tmp_path, tags, PixelSpacing=pixel_spacing)))
    assert factor == (None if expected is None else (pytest.approx(expected), "pixel_spacing"))


@pytest.mark.parametrize(
    ("tags", "elements", "distances", "code"),
    [
        (XaTags(sid_mm=105.0, sod_mm=75.0), {}, (1050.0, 750.0, None), "DISTANCE_CORRECTED"),
        (XaTags(sid_mm=750.0, sod_mm=1050.0), {}, (1050.0, 750.0, None), "DISTANCE_CORRECTED"),
        (XaTags(sod_mm=None, manufacturer="Philips Medical"), {}, (1050.0, None, 765.0), "ISOCENTER_ASSUMED"),
        (XaTags(sod_mm=None), {}, (1050.0, None, 750.0), "ISOCENTER_ASSUMED"),
        (XaTags(sod_mm=0.0), {}, (1050.0, None, 750.0), "ISOCENTER_ASSUMED"),
        (
            XaTags(sod_mm=None),
            {"EstimatedRadiographicMagnificationFactor": "1.4"},
            (1050.0, 750.0, None),
            "DISTANCE_FROM_MAGNIFICATION",
        ),
    ],
)
def test_distances_in_another_unit_exchanged_or_missing(
    tmp_path: Path, tags: XaTags, elements: dict[str, Any], distances: tuple[float | None, ...], code: str
) -> None:
    found = read_header(written(tmp_path, tags, **elements))
    assert (found.distances.to_detector, found.distances.to_object, found.distances.to_isocenter) == distances
    assert found.warned(code)


@pytest.mark.parametrize(
    ("tags", "elements", "unsure"),
    [
        (XaTags(), {}, False),
        (XaTags(sod_mm=None), {}, True),
        (XaTags(sod_mm=None), {"PixelSpacing": [0.2, 0.2]}, False),
        (XaTags(), {"IntensifierSize": "100"}, True),
    ],
    ids=["told", "assumed", "told by pixel spacing", "contradicted"],
)
def test_a_size_of_pixel_that_rests_on_a_guess_is_unsure_unless_a_catheter_tells_it(
    tmp_path: Path, tags: XaTags, elements: dict[str, Any], unsure: bool
) -> None:
    found = read_header(written(tmp_path, tags, **elements))
    assert (calibrate(found).unsure is not None) == unsure
    assert calibrate(found, 2.0, 9.0).unsure is None


@pytest.mark.parametrize(
    ("width", "unsure", "codes"),
    [
        (3.0, None, []),
        (7.9, None, ["VESSEL_SIZE_IMPLAUSIBLE"]),
        (0.6, None, ["VESSEL_SIZE_IMPLAUSIBLE"]),
        (3.0, "assumed", ["PIXEL_SIZE_UNSURE"]),
    ],
)
def test_the_size_of_a_vessel_and_an_unsure_pixel_refuse_a_number(
    width: float, unsure: str | None, codes: list[str]
) -> None:
    contour = cast("Contour", SimpleNamespace(diameter_mm=np.full(40, width)))
    assert [one.code for one in judge_scale((Calibration(0.3, "assumed", 0.3, None, unsure),), (contour,))] == codes


@pytest.mark.parametrize("black", [0, 16, 60])
def test_what_is_dense_and_still_lies_in_the_open_field_and_letters_beyond_its_edges_do_not(
    tmp_path: Path, black: int
) -> None:
    """Blades are as black as the display's curve makes them, which is no zero."""
    pixels = np.full((3, 200, 200), black, np.uint16)
    row, column = np.ogrid[:200, :200]
    pixels[:, np.hypot(row - 100, column - 100) < 90] = 200
    pixels[:, 20:160, 90:104] = black + 2
    pixels[:, 4:8, 4:8] = 255
    acquisition = read_header(written(tmp_path))
    mask = open_field(Cine(acquisition, pixels))
    expected = np.hypot(row - 100, column - 100) < 90 - BORDER
    assert np.mean(mask != expected) < 0.02
    assert mask[20:160, 90:104].all()
    assert not mask[:10, :10].any()
