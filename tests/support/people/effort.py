"""What a way costs the person who walks it: taps, typed fields and waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Locator

from tests.support.browsers.hands import Hands

# `leg`: a stretch of the way begins, named by where it leads.
Kind = Literal["leg", "tap", "field", "wait"]


@dataclass(frozen=True)
class Act:
    """One thing that a person did, or had to wait for. `what` says on which control or page."""

    kind: Kind
    what: str


@dataclass(frozen=True)
class Effort:
    """`taps`: buttons, links, boxes and radio buttons. `fields`: those typed into. `waits`: pages waited on."""

    taps: int = 0
    fields: int = 0
    waits: int = 0

    def __str__(self) -> str:
        return f"{self.taps} taps, {self.fields} fields, {self.waits} waits"


def efforts(acts: Iterable[Act]) -> dict[str, Effort]:
    """Return the effort of each leg. What was done before the first leg counts for none."""
    counted: dict[str, dict[str, int]] = {}
    leg: dict[str, int] = {}
    for act in acts:
        if act.kind == "leg":
            leg = counted.setdefault(act.what, {"tap": 0, "field": 0, "wait": 0})
        elif leg:
            leg[act.kind] += 1
    return {name: Effort(each["tap"], each["field"], each["wait"]) for name, each in counted.items()}


class Counted:
    """Hands that note in `acts` what they do. A box that is ticked already takes no tap."""

    def __init__(self, hands: Hands, acts: list[Act]) -> None:
        self._hands = hands
        self._acts = acts

    def press(self, target: Locator) -> None:
        self._hands.press(target)
        self._acts.append(Act("tap", str(target)))

    def fill(self, target: Locator, text: str) -> None:
        self._hands.fill(target, text)
        self._acts.append(Act("field", str(target)))

    def check(self, target: Locator) -> None:
        if not target.is_checked():
            self._acts.append(Act("tap", str(target)))
        self._hands.check(target)

    def attach(self, target: Locator, name: str, content: bytes) -> None:
        # The camera opens, the shutter, and "use this one".
        self._acts += [Act("tap", f"{what} {target}") for what in ("open", "take", "use")]
        self._hands.attach(target, name, content)
