"""``python -m precise_cal.bundle FOLDER``: all that an installation without network needs, with checksums.

Run it where there is a network, on the same kind of machine and the same version of Python; carry the folder over. It
builds what has no wheel, durable-rules among it, once, so that the other machines need no compiler.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote, urlparse

import typer

from precise_cal.cli import exits
from precise_cal.cli.app import HELP, in_language
from precise_cal.cli.echo import echo, tell
from precise_cal.cli.main import run_app
from precise_cal.files.records import InputError
from precise_cal.language.catalog import Verbatim, message, plural
from precise_cal.version import __version__

NAME: Final = "precise-cal"
WHEELS: Final = "wheels"
COMMAND: Final = f"python -m pip install --no-index --find-links {WHEELS} --require-hashes -r requirements.txt"
_READ_ME: Final = """\
precise-cal {version}, for Python {python} on {machine}

In this folder, in a virtual environment of that Python, without network:

    {command}

pip compares every wheel with its SHA-256 in requirements.txt, and installs none that differs. SHA256SUMS has the same
sums for `sha256sum --check SHA256SUMS`; compare the sum of SHA256SUMS itself with the one that
was told when it was made.

在本目录中，使用上述版本 Python 的虚拟环境，无需网络：

    {command}

pip 逐一核对每个 wheel 与 requirements.txt 中的 SHA-256，不符者不予安装。也可运行 `sha256sum --check SHA256SUMS` 核对；
SHA256SUMS 本身的散列值请与生成时所示者核对。
"""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command("bundle", context_settings=HELP)
def bundle(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the bundle.")],
    extra: Annotated[
        list[str] | None, typer.Option("--extra", metavar="NAME", help="An extra, such as desk; may be repeated.")
    ] = None,
) -> int:
    """Put all that an installation without network needs into one folder, with checksums.

    Exit status: 0, or 2 where the folder is not empty or pip cannot build a wheel.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(message("{ $folder }: is not empty; name a new folder for the bundle", folder=folder))
    build(requirement(extra or ()), folder / WHEELS)
    count = len(list_wheels(folder))
    digest = sha256((folder / "SHA256SUMS").read_bytes()).hexdigest()
    one = "{ $folder }: { $count } wheel; SHA-256 of SHA256SUMS { $digest }"
    many = "{ $folder }: { $count } wheels; SHA-256 of SHA256SUMS { $digest }"
    echo(plural(count, one, many, folder=folder, digest=Verbatim(digest)))
    return exits.OK


def requirement(extras: list[str] | tuple[str, ...]) -> str:
    """What pip is asked for: this program as it was installed, from its folder or by its version, with extras.

    Raises:
        InputError: there is no such extra.
    """
    try:
        known = importlib.metadata.metadata(NAME).get_all("Provides-Extra") or []
        origin = importlib.metadata.distribution(NAME).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        raise InputError(message("{ $name } is not installed here; install it first", name=NAME)) from None
    for one in extras:
        if one not in known:
            text = "--extra { $name }: there is no such extra; there are { $known }"
            raise InputError(message(text, name=Verbatim(one), known=Verbatim(", ".join(sorted(known)))))
    wanted = f"[{','.join(sorted(extras))}]" if extras else ""
    place = urlparse(json.loads(origin)["url"]) if origin else None
    if place is not None and place.scheme == "file":
        return f"{unquote(place.path)}{wanted}"
    return f"{NAME}{wanted}=={__version__}"


def build(wanted: str, wheels: Path) -> None:
    """Gather the wheels of a requirement and of all that it needs; pip builds those that nobody offers.

    Raises:
        InputError: pip is missing, or did not succeed.
    """
    tell(message("gathering wheels; those that have to be compiled take some minutes"))
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(wheels), wanted]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the pip of this Python
    if ended.returncode:
        lines = [one for one in ended.stderr.splitlines() if one.strip()] or [str(ended.returncode)]
        told = next((one for one in lines if one.startswith("ERROR")), lines[-1])
        raise InputError(message("pip could not gather the wheels: { $error }", error=Verbatim(told)))


def list_wheels(folder: Path) -> list[Path]:
    """Write what pip installs by, the checksums and a page to read; the wheels, by name.

    Args:
        folder: of the bundle, whose wheels are there.
    """
    wheels = sorted((folder / WHEELS).glob("*.whl"))
    sums = [(one, sha256(one.read_bytes()).hexdigest()) for one in wheels]
    pinned = [f"{'=='.join(one.name.split('-')[:2])} --hash=sha256:{digest}\n" for one, digest in sums]
    machine = f"{platform.system()} {platform.machine()}"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    page = _READ_ME.format(version=__version__, python=python, machine=machine, command=COMMAND)
    (folder / "requirements.txt").write_text("".join(pinned), encoding="utf-8")
    (folder / "README.txt").write_text(page, encoding="utf-8")
    listed = "".join(f"{digest}  {WHEELS}/{one.name}\n" for one, digest in sums)
    (folder / "SHA256SUMS").write_text(listed, encoding="utf-8")
    return wheels


if __name__ == "__main__":
    sys.exit(run_app(lambda: in_language(app), "python -m precise_cal.bundle", sys.argv[1:]))
