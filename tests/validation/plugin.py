"""``python -m pytest … --validation-pack=FOLDER``: what a run showed of the requirements, for a quality unit.

Written with an equals sign: pytest reads its command line once before it knows this option, takes a folder that stands
by itself for one of tests, and then never reads the file that tells it of the option.

A later run over the same software adds to the folder, so that the default and the slow job make one pack.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The folder of the pack."""
    about = "write which requirements of the desk this run showed: HTML, XLSX and JSON"
    parser.addoption("--validation-pack", metavar="FOLDER", default=None, help=about)


def pytest_configure(config: pytest.Config) -> None:
    """Collect in the process that hears of every test."""
    folder = config.getoption("--validation-pack")
    if folder and not hasattr(config, "workerinput"):
        from tests.validation.collector import Collector  # what it needs is read only where it is asked for

        config.pluginmanager.register(Collector(Path(folder)), "validation-pack")
