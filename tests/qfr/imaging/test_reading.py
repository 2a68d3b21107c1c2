"""Files come in right, or with one clear error."""

from __future__ import annotations

import random
import struct
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from precise_cal.qfr.dicom.acquisition import Acquisition, Turn
from precise_cal.qfr.dicom.codestream import Claim, claim
from precise_cal.qfr.dicom.reader import Limits, read_cine, read_header
from precise_cal.qfr.errors import QfrError
from qfr_lab.simulator.compress import compress
from qfr_lab.simulator.dicom_file import XaTags, write_xa, xa_dataset

PIXELS = np.random.default_rng(1).integers(0, 1000, (5, 40, 48), dtype=np.uint16)
TAGS = XaTags(primary_deg=30.0, secondary_deg=-20.0)


def written(tmp_path: Path, tags: XaTags = TAGS, **elements: object) -> Path:
    ds = xa_dataset(PIXELS, tags)
    for keyword, value in elements.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    path = tmp_path / "run.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("rle", [False, True])
@pytest.mark.parametrize("bits", [10, 12, 16])
def test_pixels_come_back_exactly(tmp_path: Path, bits: int, rle: bool) -> None:
    cine = read_cine(written(tmp_path, replace(TAGS, bits=bits, rle=rle)))
    np.testing.assert_array_equal(cine.pixels, PIXELS)


@pytest.mark.parametrize(
    ("rotation", "flip", "turn", "warned"),
    [
        (None, None, None, False),
        (0, False, Turn(), False),
        (180, None, Turn(180), True),
        (None, True, Turn(0, True), True),
        (270, True, Turn(270, True), True),
    ],
)
def test_how_the_picture_lies_on_the_detector_is_read(
    tmp_path: Path, rotation: int | None, flip: bool | None, turn: Turn | None, warned: bool
) -> None:
    found = read_header(written(tmp_path, replace(TAGS, rotation_deg=rotation, flip=flip)))
    assert found.turn == turn
    assert ("PICTURE_TURNED" in {warning.code for warning in found.warnings}) == warned


@pytest.mark.parametrize(
    ("element", "value", "said"),
    [
        ("FieldOfViewRotation", "45", "FieldOfViewRotation: 45.0 found, 0, 90, 180 or 270 expected"),
        ("FieldOfViewHorizontalFlip", "MAYBE", "FieldOfViewHorizontalFlip: 'MAYBE' found, YES or NO expected"),
    ],
)
def test_a_turn_that_cannot_be_is_refused(tmp_path: Path, element: str, value: str, said: str) -> None:
    with pytest.raises(QfrError, match=said):
        read_header(written(tmp_path, **{element: value}))


UIDS = {
    "ImplicitVRLittleEndian": "1.2.840.10008.1.2",
    "ExplicitVRBigEndian": "1.2.840.10008.1.2.2",
    "JPEGBaselineProcess1": "1.2.840.10008.1.2.4.50",
    "JPEGExtendedProcess2_4": "1.2.840.10008.1.2.4.51",
    "JPEGLosslessProcess14": "1.2.840.10008.1.2.4.57",
    "JPEGLosslessProcess14_1": "1.2.840.10008.1.2.4.70",
    "JPEGLSLossless": "1.2.840.10008.1.2.4.80",
    "JPEGLSNearLossless": "1.2.840.10008.1.2.4.81",
    "JPEG2000Lossless": "1.2.840.10008.1.2.4.90",
    "JPEG2000": "1.2.840.10008.1.2.4.91",
    "RLELossless": "1.2.840.10008.1.2.5",
}


def encoded(path: Path, syntax: str, bits: int, pixels: np.ndarray) -> Path:
    """A file in another transfer syntax."""
    write_xa(path, pixels, replace(TAGS, bits=bits))
    compress(path, UIDS[syntax], quality=100)
    return path


def picture(bits: int) -> np.ndarray:
    """Smooth frames over the whole range, so that lossy codecs lose little."""
    row, column = np.mgrid[0:40, 0:48]
    waves = [np.sin(row / 9 + frame) * np.cos(column / 7) for frame in range(3)]
    return np.round((np.array(waves) + 1) / 2 * ((1 << bits) - 1)).astype(np.uint16)


@pytest.mark.parametrize(
    ("syntax", "bits"),
    [
        ("ImplicitVRLittleEndian", 12),
        ("ExplicitVRBigEndian", 12),
        ("JPEGLosslessProcess14", 12),
        ("JPEGLosslessProcess14_1", 8),
        ("JPEGLosslessProcess14_1", 16),
        ("JPEGLSLossless", 10),
        ("JPEG2000Lossless", 12),
        ("RLELossless", 12),
    ],
)
def test_lossless_syntaxes_come_back_exactly(tmp_path: Path, syntax: str, bits: int) -> None:
    pixels = picture(bits)
    cine = read_cine(encoded(tmp_path / "run.dcm", syntax, bits, pixels))
    np.testing.assert_array_equal(cine.pixels, pixels)
    assert cine.pixels.dtype.isnative
    assert not cine.acquisition.lossy


@pytest.mark.parametrize(
    ("syntax", "bits", "lossy"),
    [
        ("JPEGBaselineProcess1", 8, True),
        ("JPEGExtendedProcess2_4", 8, True),
        ("JPEGExtendedProcess2_4", 12, True),
        ("JPEGLSNearLossless", 12, True),
        ("JPEG2000", 12, False),  # this encoder loses nothing here, and the file does not say that it did
    ],
)
def test_lossy_syntaxes_come_back_closely_and_are_called_lossy(
    tmp_path: Path, syntax: str, bits: int, lossy: bool
) -> None:
    pixels = picture(bits)
    cine = read_cine(encoded(tmp_path / "run.dcm", syntax, bits, pixels))
    assert np.abs(cine.pixels.astype(int) - pixels).max() <= 3
    assert cine.acquisition.lossy == lossy


@pytest.mark.parametrize("syntax", ["JPEGBaselineProcess1", "JPEGLosslessProcess14_1"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.98])
def test_truncated_codestreams(tmp_path: Path, syntax: str, share: float) -> None:
    path = encoded(tmp_path / "run.dcm", syntax, 8, picture(8))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(QfrError, match=r"run\.dcm"):
        read_cine(path)


def test_a_decoder_that_ends_its_process_does_not_end_this_one(tmp_path: Path) -> None:
    """GDCM aborts where the marker of the Huffman tables is damaged."""
    path = encoded(tmp_path / "run.dcm", "JPEGExtendedProcess2_4", 12, picture(12))
    data = bytearray(path.read_bytes())
    data[data.find(b"\xff\xc4")] = 0
    path.write_bytes(bytes(data))
    with pytest.raises(QfrError, match=r"run\.dcm: a compressed frame is broken"):
        read_cine(path)


def test_a_frame_that_is_longer_than_compression_can_make_it(tmp_path: Path) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.uid import RLELossless

    ds = xa_dataset(PIXELS[:1], TAGS)
    ds.PixelData = encapsulate([b"\1" + bytes(63) + b"\x81\0" * 200_000])
    ds.file_meta.TransferSyntaxUID = RLELossless
    ds.save_as(tmp_path / "bomb.dcm")
    with pytest.raises(QfrError, match="at most"):
        read_cine(tmp_path / "bomb.dcm")


def test_eight_bits_and_a_single_frame(tmp_path: Path) -> None:
    path = tmp_path / "one.dcm"
    write_xa(path, PIXELS[:1] // 4, replace(TAGS, bits=8))
    cine = read_cine(path)
    assert cine.pixels.dtype == np.uint8
    assert cine.acquisition.frame_rate_hz is None


def test_a_missing_number_of_frames_is_one_frame(tmp_path: Path) -> None:
    ds = xa_dataset(PIXELS[:1], TAGS)
    del ds.NumberOfFrames
    ds.save_as(tmp_path / "x.dcm", enforce_file_format=True)
    assert read_cine(tmp_path / "x.dcm").pixels.shape == (1, 40, 48)


def test_the_rounded_cine_rate_is_never_used(tmp_path: Path) -> None:
    path = written(tmp_path, replace(TAGS, frame_time_ms=133.333), CineRate=7, RecommendedDisplayFrameRate=8)
    assert read_header(path).frame_rate_hz == pytest.approx(7.5, abs=1e-3)


def test_uneven_frames_are_timed_by_the_vector(tmp_path: Path) -> None:
    found = read_header(written(tmp_path, replace(TAGS, frame_vector_ms=(0, 50, 60, 70, 80))))
    assert found.times_s == pytest.approx((0, 0.05, 0.11, 0.18, 0.26))


def test_no_frame_time_is_unknown_not_a_default(tmp_path: Path) -> None:
    found = read_header(written(tmp_path, replace(TAGS, frame_time_ms=None), CineRate=15))
    assert found.times_s is None
    assert found.frame_rate_hz is None
    assert "NO_FRAME_TIME" in {warning.code for warning in found.warnings}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"spacing_mm": None, "field_mm": 200}, "SPACING_FROM_FOV"),
        ({"spacing_mm": None}, "NO_SPACING"),
        ({"sod_mm": None}, "NO_DISTANCES"),
        ({"primary_deg": None}, "NO_ANGLES"),
        ({"motion": None}, "ANGLE_SIGN"),
        ({"motion": "DYNAMIC"}, "ROTATIONAL"),
        ({"manufacturer": "Siemens"}, "SIEMENS_DISTANCE"),
    ],
)
def test_traps_are_told(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    assert expected in {warning.code for warning in read_header(written(tmp_path, replace(TAGS, **change))).warnings}


def test_siemens_tells_its_isocenter_privately(tmp_path: Path) -> None:
    tags = replace(TAGS, manufacturer="Siemens", sod_mm=683.0, isocenter_mm=760.0)
    found = read_header(written(tmp_path, tags))
    assert (found.distances.to_object, found.distances.to_isocenter) == (683.0, 760.0)
    assert not found.warnings


@pytest.mark.parametrize(
    ("relationship", "intensity"),
    [("LIN", "linear"), ("LOG", "logarithmic"), ("DISP", "unknown"), (None, "unknown")],
)
def test_densitometry_needs_a_known_curve(tmp_path: Path, relationship: str | None, intensity: str) -> None:
    found = read_header(written(tmp_path, replace(TAGS, relationship=relationship)))
    assert found.intensity == intensity
    assert found.densitometry_allowed == (intensity != "unknown")


def test_slope_and_intercept_and_inversion(tmp_path: Path) -> None:
    cine = read_cine(written(tmp_path, RescaleSlope="2", RescaleIntercept="10"))
    np.testing.assert_allclose(cine.pixels, PIXELS * 2.0 + 10)
    inverted = read_cine(written(tmp_path, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_allclose(inverted.pixels, 1023.0 - PIXELS)


def test_shutter_r_waves_and_trim_count_from_zero(tmp_path: Path) -> None:
    tags = replace(TAGS, shutter=(3, 46, 2, 39), r_waves=(1, 4))
    found = read_header(written(tmp_path, tags, StartTrim=2, StopTrim=4))
    assert found.shutter is not None
    assert (found.shutter.left, found.shutter.right, found.shutter.upper, found.shutter.lower) == (
        2,
        45,
        1,
        38,
    )
    assert found.r_waves == (1, 4)
    assert found.trim == (1, 3)


def test_no_patient_identifier_leaves(tmp_path: Path) -> None:
    found = read_header(written(tmp_path, PatientBirthDate="19560504", InstitutionName="HOSPITAL^X"))
    told = repr([getattr(found, field.name) for field in fields(Acquisition)])
    assert not any(word in told for word in ("SIMULATED", "SIM'", "1956", "HOSPITAL", "2.25."))


@pytest.mark.parametrize(
    ("elements", "said"),
    [
        ({"PhotometricInterpretation": "RGB"}, "PhotometricInterpretation"),
        ({"PhotometricInterpretation": None}, "PhotometricInterpretation"),
        ({"SamplesPerPixel": 3}, "SamplesPerPixel"),
        ({"BitsStored": 7}, "bits stored"),
        ({"BitsAllocated": 32}, "allocated"),
        ({"HighBit": 15}, "HighBit"),
        ({"PixelRepresentation": 1}, "signed"),
        ({"NumberOfFrames": 0}, "NumberOfFrames"),
        ({"NumberOfFrames": -3}, "NumberOfFrames"),
        ({"NumberOfFrames": 65535}, "NumberOfFrames: 65535 found"),
        ({"NumberOfFrames": 900}, "need"),
        ({"Rows": 0}, "Rows"),
        ({"Rows": None}, "Rows"),
        ({"Rows": 65535}, "65535 × 48"),
        ({"Columns": 2000, "Rows": 2000}, "bytes"),
        ({"PixelData": None}, "pixel data"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, "CT Image Storage"),
        ({"SOPClassUID": None}, "SOP class none"),
        ({"PositionerPrimaryAngle": "400"}, "400"),
        ({"DistanceSourceToDetector": "500"}, "500"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(tmp_path: Path, elements: dict[str, object], said: str) -> None:
    with pytest.raises(QfrError, match=r"run\.dcm") as caught:
        read_cine(written(tmp_path, **elements))
    assert said in str(caught.value)


def test_a_claimed_length_allocates_nothing(tmp_path: Path) -> None:
    import tracemalloc

    path = written(tmp_path, NumberOfFrames=65535)
    tracemalloc.start()
    with pytest.raises(QfrError, match="65535"):
        read_cine(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("keep", [0, 1, 100, 131, 132, 140, 200, 400, 800, 1200, 3000])
@pytest.mark.parametrize("rle", [False, True])
def test_truncated_files(tmp_path: Path, keep: int, rle: bool) -> None:
    path = written(tmp_path, replace(TAGS, rle=rle))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(QfrError, match=r"run\.dcm"):
        read_cine(path)


@pytest.mark.parametrize("seed", range(40))
def test_altered_bytes_never_crash(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = written(tmp_path, replace(TAGS, rle=bool(seed % 2)))
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 12)):
        data[chance.randrange(132, min(len(data), 1600))] = chance.randrange(256)
    path.write_bytes(bytes(data))
    try:
        cine = read_cine(path)
    except QfrError as error:
        assert "run.dcm" in str(error)  # noqa: PT017
    else:
        assert cine.pixels.shape == (cine.acquisition.frames, cine.acquisition.rows, cine.acquisition.columns)


@pytest.mark.parametrize("head", [b"", b"\0" * 128 + b"DICM"])
def test_random_bytes(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "noise.dcm"
    path.write_bytes(head + random.Random(3).randbytes(5000))
    with pytest.raises(QfrError, match=r"noise\.dcm"):
        read_cine(path)


def test_only_private_elements(tmp_path: Path) -> None:
    ds = xa_dataset(PIXELS, TAGS)
    for element in list(ds):
        del ds[element.tag]
    ds.private_block(0x0009, "NOBODY", create=True).add_new(1, "LO", "x")
    ds.save_as(tmp_path / "p.dcm")
    with pytest.raises(QfrError, match="SOP class none"):
        read_cine(tmp_path / "p.dcm")


def test_too_large_a_file_and_unread_syntax(tmp_path: Path) -> None:
    path = written(tmp_path)
    with pytest.raises(QfrError, match="at most 0 MiB"):
        read_cine(path, Limits(file_mib=0))
    ds = xa_dataset(PIXELS, TAGS)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    ds.save_as(path)
    with pytest.raises(QfrError, match="Deflated"):
        read_cine(path)
    with pytest.raises(QfrError, match="no such file"):
        read_cine(tmp_path / "absent.dcm")
    with pytest.raises(QfrError, match="is a folder; name one film"):
        read_cine(tmp_path)


def test_a_run_is_as_large_as_its_pixels_and_no_larger_than_the_limit(tmp_path: Path) -> None:
    """Eight frames of 256 × 256 at 16 bits are 1 MiB to the byte."""
    for frames, read in ((8, True), (9, False)):
        path = tmp_path / f"{frames}.dcm"
        xa_dataset(np.zeros((frames, 256, 256), np.uint16), TAGS).save_as(path, enforce_file_format=True)
        for reader in (read_header, read_cine):
            if read:
                assert reader(path, Limits(pixels_mib=1))
            else:
                with pytest.raises(QfrError, match="decodes to 1 MiB, at most 1 MiB"):
                    reader(path, Limits(pixels_mib=1))
    assert read_header(written(tmp_path), Limits(side=48))
    with pytest.raises(QfrError, match="40 × 48 pixels found, at most 47 × 47"):
        read_header(tmp_path / "run.dcm", Limits(side=47))


def test_a_codestream_that_claims_another_size(tmp_path: Path) -> None:
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGLosslessSV1

    frame = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 8, 65000, 65000, 1) + b"\x01\x11\x00\xff\xd9"
    ds = xa_dataset(PIXELS, TAGS)
    ds.PixelData = encapsulate([frame] * 5)
    ds.file_meta.TransferSyntaxUID = JPEGLosslessSV1
    ds.save_as(tmp_path / "j.dcm")
    with pytest.raises(QfrError, match="65000"):
        read_cine(tmp_path / "j.dcm")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01", Claim(16, 32, 1, 8)),
        (b"\xff\xd8\xff\xff\xf7\x00\x0b\x0c\x00\x10\x00\x20\x03", Claim(16, 32, 3, 12)),
        (
            b"\xff\x4f\xff\x51\x00\x29\x00\x00" + struct.pack(">IIII", 110, 220, 10, 20) + bytes(16) + b"\x00\x01\x0b",
            Claim(200, 100, 1, 12),
        ),
        (b"\xff\xd8\xff\xda\x00", None),
        (b"", None),
    ],
)
def test_what_a_codestream_claims(data: bytes, said: Claim | None) -> None:
    assert claim(data) == said


def test_compression_keeps_the_identity_and_says_what_was_lost(tmp_path: Path) -> None:
    from pydicom import dcmread

    write_xa(tmp_path / "a.dcm", picture(8), replace(TAGS, bits=8))
    before = dcmread(tmp_path / "a.dcm")
    compress(tmp_path / "a.dcm", UIDS["JPEGBaselineProcess1"])
    after = dcmread(tmp_path / "a.dcm")
    assert after.SOPInstanceUID == before.SOPInstanceUID == after.file_meta.MediaStorageSOPInstanceUID
    assert after.LossyImageCompression == "01"
    with pytest.raises(ValueError, match="cannot encode"):
        compress(tmp_path / "a.dcm", "1.2.840.10008.1.2.4.999")


def test_the_shipped_films_are_small_and_complete() -> None:
    folder = Path(__file__).parents[3] / "examples" / "angiogram"
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["STUDY.json", "view-a.dcm", "view-b.dcm"]
    assert sum(file.stat().st_size for file in files) < 400_000
    for film in files[1:]:
        found = read_header(film)
        assert found.transfer_syntax.startswith("JPEG Baseline")
        assert found.angles is not None
        assert found.frame_rate_hz == pytest.approx(15, abs=0.01)
        assert not found.warnings
