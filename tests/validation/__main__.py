"""Write a pack anew from its evidence, with the pack of the rules by now: ``python -m tests.validation FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.validation.evidence import begun_with
from tests.validation.pack import EVIDENCE, write_pack
from tests.validation.requirements import read_requirements

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write_pack(folder, read_requirements(), begun_with(folder / EVIDENCE))
