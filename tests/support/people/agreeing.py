"""A first arrival in a browser: the page that asks whether the host may hand the person over."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page


def agree_if_asked(within: Page | FrameLocator, known: Locator | None = None) -> None:
    """Agree where the person is asked. `known`: what a person sees who was here before, by default a greeting."""
    agree = within.locator("button[value=agree]")
    known = known or within.get_by_role("heading", level=1).filter(has_text="您好")
    agree.or_(known).first.wait_for()
    if agree.count():
        agree.click()
