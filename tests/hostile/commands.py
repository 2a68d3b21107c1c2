"""Run many commands in this process and tell how each ended. A program: its input is a list of command lines as JSON.

Writes a line of JSON for each that ended with a status that `allowed` has not, or raised; then the number of commands.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout

from precise_cal.cli.main import run

ALLOWED = (0, 1, 2, 3)


def main() -> None:
    """Run them."""
    warnings.simplefilter("ignore")
    commands = json.load(sys.stdin)
    for command in commands:
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err):
                status = run(command)
        except BaseException as error:  # noqa: BLE001 - whatever comes out is what is looked for
            status = repr(error)
        told = out.getvalue() + err.getvalue()
        has_nan = "NaN" in out.getvalue() and "NaN" not in command  # a file may be called so
        if status not in ALLOWED or "Traceback" in told or has_nan:
            print(json.dumps({"command": command, "status": status, "told": told[-600:]}), flush=True)
    print(len(commands))


if __name__ == "__main__":
    main()
