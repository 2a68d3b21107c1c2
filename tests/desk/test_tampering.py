"""The log as the desk gives it out, with each of its bytes changed: the command names every one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.desk.conftest import Desk


@pytest.mark.slow
def test_every_byte_of_a_file_of_the_desk_is_named_by_the_command(
    blank: Desk, client: Any, precise: Any, tmp_path: Path
) -> None:
    data = client("inspector").post("/log/bundle").content
    command = ["log", "verify", tmp_path / "log", "--public-key", blank.place.folder / "log.pub"]
    (tmp_path / "log").write_bytes(data)
    assert precise(*command).status == 0
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
        (tmp_path / "log").write_bytes(changed)
        said = precise(*command)
        assert said.status in (1, 2), place
        assert said.out + said.err, place
