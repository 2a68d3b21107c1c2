"""``python -m precise_cal``."""

from precise_cal.cli import main

main()
