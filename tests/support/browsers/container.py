"""A page of ours inside an emulated super-app's web view, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

ROOT = Path(__file__).parents[3]
OURS = ROOT / "h5app/static"
THEIRS = ROOT / "mock_partners/outside/gov_app/static/bridges"
ADDRESS = "http://localhost/bridge"
SCRIPTS = [f"<script>{(OURS / name).read_text('utf-8')}</script>" for name in ("bridge_page.js", "bridge.js")]
CALL = """([ability, args, limit]) => sunbridge.call(ability, args, limit)
    .then((value) => ({value}), (error) => ({error}))"""


def emulation(container: str, faults: dict[str, Any] | None = None) -> str:
    """What the super-app puts into a page before the page's own scripts."""
    names = ("common", container) if container != "none" else ("common",)
    files = [(THEIRS / f"{name}.js").read_text("utf-8") for name in names]
    return "\n".join([f"window.bridgeFaults = {json.dumps(faults or {})};", *files])


def inside(page: Page, container: str, **faults: Any) -> Page:
    """The page, just loaded in this container. One browser page serves many tests: each load begins anew."""
    app = f"<script>{emulation(container, faults)}</script>"
    body = f'<!doctype html><title>before</title>{app}<main id="main"></main>{"".join(SCRIPTS)}'
    page.unroute(ADDRESS)
    page.route(ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html;charset=utf-8"))
    page.goto(ADDRESS)
    return page


def call(page: Page, ability: str, args: dict[str, Any] | None = None, limit_ms: int | None = None) -> Any:
    """{value} or {error: {code, ability, container}}."""
    return page.evaluate(CALL, [ability, args or {}, limit_ms])
