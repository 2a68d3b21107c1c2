"""Decodes compressed frames with GDCM in a process of its own: GDCM ends its process on some broken frames.

Run as a script, without the package. Reads from stdin a line of JSON (``uid``, ``rows``, ``columns``, ``bits`` per
frame, ``lengths`` in bytes per frame), then the frames; writes the decoded frames to stdout, each as unsigned bytes
or little-endian 16-bit words, rows × columns of them.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import BinaryIO

MEMORY = 4 << 30
"""Address space in bytes, where the system can limit it."""


def main(source: BinaryIO, target: BinaryIO) -> int:
    """Decodes all frames; 1 where one of them cannot be decoded to its size."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    said = json.loads(source.readline())
    for bits, length in zip(said["bits"], said["lengths"], strict=True):
        decoded = decode(source.read(length), said["uid"], said["rows"], said["columns"], bits)
        if len(decoded) != said["rows"] * said["columns"] * (1 if bits <= 8 else 2):
            return 1
        target.write(decoded)
    return 0


def decode(data: bytes, uid: str, rows: int, columns: int, bits: int) -> bytes:
    """One grayscale frame."""
    import gdcm

    fragment, fragments = gdcm.Fragment(), gdcm.SequenceOfFragments.New()
    fragment.SetByteStringValue(data)
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((columns, rows, 1))
    image.SetDataElement(element)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(uid)))
    image.SetPixelFormat(gdcm.PixelFormat(1, 8 if bits <= 8 else 16, bits, bits - 1, 0))
    decoded: bytes = image.GetBuffer().encode("utf-8", "surrogateescape")
    return decoded


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout.buffer))
