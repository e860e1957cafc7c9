"""The modes that the whole way must be walkable in: a phone, an eye or a hand that is not the usual one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from playwright.sync_api import Page

from mock_partners.testing.people.personas import person
from tests.support.browsers.doubled import EMULATED, double_text
from tests.support.browsers.hands import Finger, Keyboard
from tests.support.houses.journey import House
from tests.support.people.way import Picture, Way

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "zh-CN"}


@dataclass(frozen=True)
class Mode:
    """One way to walk. `asked` and `draw` are in yuan.

    `scripts`: whether the phone runs any.

    `doubled`: text at 200 %.

    `host`: whose tile is tapped, if it is not that of the person's own app.
    """

    who: str
    asked: str
    draw: str
    scripts: bool = True
    lang: str = "zh"
    text_size: str = "standard"
    doubled: bool = False
    keyboard: bool = False
    host: str = ""

    @property
    def context(self) -> dict[str, Any]:
        """What to open the browser's context with."""
        emulated = EMULATED if self.doubled else {}
        return {**PHONE, **emulated, "java_script_enabled": self.scripts}

    def walk(self, page: Page, house: House, picture: Picture) -> Way:
        """The whole way; every step that `picture` is told of fits the screen."""

        def seen(name: str) -> None:
            page.locator("body").wait_for()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["viewport"]["width"], f"{name} is {wide} px wide at {page.url}"
            picture(name)

        if self.doubled:
            double_text(page)
        who = person(self.who)
        who = replace(who, partner=self.host or who.partner)
        way = Way(page, house, who, seen, hands=Keyboard(page) if self.keyboard else Finger())
        way.take_phone()
        way.enter()
        if (self.lang, self.text_size) != ("zh", "standard"):
            way.set_display(self.text_size, self.lang)
        way.borrow(asked=self.asked, draw=self.draw, days_later=10)
        return way


# By the name that its pictures begin with. Wu Guilan's app hands elder mode over by itself.
MODES = {
    "plain": Mode("li_xiuying", "80000", "20000", scripts=False),
    "elder": Mode("wu_guilan", "40000", "10000"),
    "english": Mode("wang_qiang", "150000", "50000", lang="en"),
    "doubled": Mode("li_xiuying", "80000", "20000", doubled=True),
    "keyboard": Mode("wang_qiang", "100000", "30000", keyboard=True),
}

# The usual phone, from the tile of every host. sfb checks no faces: card and code sign up to
# 50,000.
HOSTS = {
    "lyg": Mode("li_xiuying", "80000", "20000"),
    "haian": Mode("wang_qiang", "150000", "50000"),
    "zj": Mode("wang_qiang", "150000", "50000", host="zj"),
    "sfb": Mode("wu_guilan", "40000", "10000", host="sfb"),
    "zfb": Mode("wang_qiang", "150000", "50000", host="zfb"),
    "mbank": Mode("li_xiuying", "80000", "20000", host="mbank"),
    "ebank": Mode("wang_qiang", "150000", "50000", host="ebank"),
}
