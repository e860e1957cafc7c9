"""What partners load: small, readable, never changed under one address, pinned by hash in what they read."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest

from h5app.sdk import routes
from mock_partners.testing.registrations import parties
from partner_adapters.kit.pages.static_files import FOREVER
from tests.support.houses.site import site

SDK = Path(__file__).parents[2] / "sdk/js"
MAX_BYTES = 3_000
MODULE = (SDK / "sunbridge.js").read_bytes()
README = (SDK / "README.md").read_text("utf-8")
VERSION = json.loads((SDK / "package.json").read_text("utf-8"))["version"]


def test_it_weighs_no_more_than_3_kb_as_it_travels() -> None:
    assert len(gzip.compress(MODULE, 9, mtime=0)) <= MAX_BYTES


def test_it_imports_nothing_and_names_its_version() -> None:
    text = MODULE.decode()
    assert not re.search(r"^\s*import\b|\bimport\(", text, re.M)
    assert text.startswith(f"/*! sunbridge-js {VERSION},")


def test_the_readme_pins_exactly_this_content() -> None:
    """A changed module needs a new version and a new hash there, else partners' pages would refuse it."""
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(MODULE).digest()).decode()
    assert re.findall(r"sha384-[A-Za-z0-9+/=]+", README) == [integrity]
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


def test_the_played_apps_pin_this_release() -> None:
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(MODULE).digest()).decode()
    assert (VERSION, integrity) == (parties.SDK_VERSION, parties.SDK_INTEGRITY)
