"""The error of the sealer."""

from __future__ import annotations

from precise_cal.protocol.errors import PreciseError


class SealerError(PreciseError):
    """The sealer refuses, or its files are not what they should be.

    Attributes:
        code: of the refusal, for programs: ``expired``, ``exhausted`` …
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
