"""`/sdk/webview` in a browser: what a script finds out, and what the maker of an app tries by hand."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.houses.site import served

PATH = "/sdk/webview"


def test_a_browser_is_tried_without_breaking_the_policy(page: Page, tmp_path: Path) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    with served(tmp_path) as pages:
        page.goto(f"{pages.base_url}{PATH}?lang=en")
        page.get_by_role("button", name="Begin").click()
        for check in ("cookies", "post", "storage", "engine"):
            expect(page.locator(f"[data-check={check}]")).to_have_attribute("data-state", "ok")
        back = page.locator("[data-check=back]")
        page.locator("#back").click()
        expect(back.locator("code").first).to_be_visible()
        page.go_back()
        expect(back).to_have_attribute("data-state", "ok")
        expect(back.locator("code").first).to_be_hidden()
        photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"x"}
        page.locator("#file").set_input_files(photo)  # type: ignore[arg-type]
        expect(page.locator("[data-check=file]")).to_have_attribute("data-state", "ok")
        with page.expect_download() as saved:
            page.locator("#download").click()
        assert saved.value.suggested_filename == "sunbridge-webview.txt"
    assert faults == []
