"""What the bank's staff do at the desk, in a browser of their own."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support.houses.journey import House


def sign_in(page: Page, house: House, name: str) -> None:
    """Sign in as one of the staff; ends on the list of what waits."""
    page.goto(f"{house.world.url('desk')}/")
    page.get_by_role("button", name="去登录").click()
    page.get_by_role("button", name=name).first.click()


def decide(page: Page, summary: str, button: str, fields: dict[str, str]) -> None:
    """Fill in one part of a case's page and send it. Of boxes, this value is ticked, or the first for `yes`."""
    part = page.locator("details.sheet", has=page.get_by_text(summary, exact=True))
    part.locator("summary").first.click()
    for name, text in fields.items():
        field: Any = part.locator(f"[name={name}]")
        box: Any = part.locator(f"[name={name}][type=checkbox]")
        if box.count():
            (box if text == "yes" else part.locator(f"[name={name}][value='{text}']")).first.check()
        else:
            field.first.fill(text)
    part.get_by_role("button", name=button).click()
