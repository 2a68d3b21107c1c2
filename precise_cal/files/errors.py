"""What a user can put right about a file that was to be written."""

from __future__ import annotations

from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError


class FileError(PreciseError):
    """A file that exists already, that is an input, that another run writes, or that cannot be written."""


def unwritable(path: object, error: OSError) -> FileError:
    """The system does not let us write."""
    return FileError(
        message("{ $path }: cannot be written: { $value }", path=path, value=error.strerror or type(error).__name__)
    )
