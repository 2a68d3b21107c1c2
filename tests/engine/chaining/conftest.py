from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def bailout() -> dict[str, Any]:
    """A small rule file, freshly read: a lesion's dissection, the duty, the deviation, its importance."""
    return yaml.safe_load((Path(__file__).parent / "bailout.yaml").read_text(encoding="utf-8"))
