"""How a person works a page: with a finger, or with nothing but the keys of a keyboard."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Locator, Page, expect

# More stops of the Tab key than any page has.
MOST_STOPS = 80
FOCUSED = "element => element === document.activeElement"
STANDS_OUT = """element => {
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
    && box.bottom > 0 && box.top < innerHeight;
}"""


class Hands(Protocol):
    def press(self, target: Locator) -> None:
        """A button or a link, which leads to another page."""

    def fill(self, target: Locator, text: str) -> None:
        """A field, in place of what stands there."""

    def check(self, target: Locator) -> None:
        """A box or a radio button."""

    def attach(self, target: Locator, name: str, content: bytes) -> None:
        """A photograph, taken or chosen."""


class Finger:
    def press(self, target: Locator) -> None:
        target.click()

    def fill(self, target: Locator, text: str) -> None:
        target.fill(text)

    def check(self, target: Locator) -> None:
        target.check()

    def attach(self, target: Locator, name: str, content: bytes) -> None:
        _attach(target, name, content)


class Keyboard:
    """Tab, Space, Enter and the arrows. Whatever is used must be reached, be on the screen and show the focus."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, target: Locator) -> None:
        self._reach(target)
        with self._page.expect_navigation():
            self._page.keyboard.press("Enter")

    def fill(self, target: Locator, text: str) -> None:
        self._reach(target)
        self._page.keyboard.press("ControlOrMeta+A")
        self._page.keyboard.type(text)
        expect(target).to_have_value(text)

    def check(self, target: Locator) -> None:
        target.wait_for()
        if target.get_attribute("type") == "radio":
            self._turn_to(target)
        else:
            self._reach(target)
        if not target.is_checked():
            self._page.keyboard.press("Space")
        expect(target).to_be_checked()

    def attach(self, target: Locator, name: str, content: bytes) -> None:
        self._reach(target)
        _attach(target, name, content)

    def _turn_to(self, radio: Locator) -> None:
        """Tab stops once at a group of radio buttons; the arrows go on within it."""
        group = self._page.locator(f"input[name={radio.get_attribute('name')}]")
        chosen = group.and_(self._page.locator(":checked"))
        self._reach(chosen if chosen.count() else group.first)
        for _ in range(group.count()):
            if radio.evaluate(FOCUSED):
                return
            self._page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {radio}")

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(MOST_STOPS):
            if target.evaluate(FOCUSED):
                assert target.evaluate(STANDS_OUT), f"the focus does not show on {target} at {self._page.url}"
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {target} at {self._page.url}")


def _attach(target: Locator, name: str, content: bytes) -> None:
    target.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})
