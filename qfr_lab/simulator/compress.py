"""Files as archives and discs hold them: a written run in another transfer syntax, by GDCM's encoders."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataset import FileDataset

LOSSY = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
"""JPEG Baseline and Extended."""


def compress(path: Path, uid: str, quality: int = 90) -> None:
    """Rewrites a file in another transfer syntax.

    Args:
        path: An uncompressed XA file; it is replaced.
        uid: Transfer syntax: JPEG (lossy or lossless), JPEG-LS, JPEG 2000, RLE, or an uncompressed one.
        quality: Of the lossy JPEG syntaxes, 1 to 100.

    Raises:
        ValueError: GDCM cannot encode such pixels in that syntax.
    """
    import gdcm
    from pydicom import dcmread

    before = dcmread(path, stop_before_pixels=True)
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    if not reader.Read():
        raise ValueError(f"{path}: GDCM cannot read it")
    codec = gdcm.JPEGCodec()
    codec.SetQuality(float(quality))
    codec.SetLossless(uid not in LOSSY)
    if uid in LOSSY:
        change.SetUserCodec(codec)
    change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(uid)))
    change.SetInput(reader.GetImage())
    if not change.Change():
        raise ValueError(f"{path}: GDCM cannot encode it as {uid}")
    writer.SetFile(reader.GetFile())
    writer.SetFileName(str(path))
    writer.SetImage(change.GetOutput())
    if not writer.Write():
        raise ValueError(f"{path}: GDCM cannot write it")
    _finish(path, before, lossy=uid in LOSSY)


def _finish(path: Path, before: FileDataset, *, lossy: bool) -> None:
    """The old identity, so that the same run gives the same file, and what the standard asks for after a loss.

    That is Lossy Image Compression (0028,2110), PS3.3 C.7.6.1.1.5.
    """
    from pydicom import dcmread

    ds = dcmread(path)
    for element in [one for one in ds if one.tag not in before and one.keyword != "PixelData"]:
        del ds[element.tag]
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = before.SOPInstanceUID
    ds.ImageType = before.ImageType
    if lossy:
        ds.LossyImageCompression = "01"
    ds.save_as(path, enforce_file_format=True)
