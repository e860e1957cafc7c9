"""A cheap phone of 2018 in the hand: touch, 360 px, Chromium 64, scripts on or off. A test says what a person reads."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.browsers.chromium64 import chromium
from tests.support.browsers.devtools import DevTools, DevToolsError

WIDTH, HEIGHT = 360, 740
FINDER = (Path(__file__).parent / "finder.js").read_text("utf-8")
APPEARS_WITHIN_S = 15
LEAVES_WITHIN_S = 10
LOADS_WITHIN_S = 30
LOADING, LOADED = "Page.frameStartedLoading", "Page.frameStoppedLoading"


@dataclass
class OldPhone:
    """`faults` holds what went wrong in scripts and policies since it was switched on: empty on a sound page."""

    tab: DevTools
    scripts: bool
    faults: list[str] = field(default_factory=list)
    _taps: itertools.count[int] = field(default_factory=itertools.count)

    def open(self, url: str) -> None:
        self._begin()
        answer = self.tab.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self._until_loaded()

    def reload(self) -> None:
        self._begin()
        self.tab.call("Page.reload")
        self._until_loaded()

    def back(self) -> None:
        history = self.tab.call("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] - 1]
        self._begin()
        self.tab.call("Page.navigateToHistoryEntry", entryId=entry["id"])
        self._until_loaded()

    @property
    def url(self) -> str:
        history = self.tab.call("Page.getNavigationHistory")
        return str(history["entries"][history["currentIndex"]]["url"])

    def text(self) -> str:
        """All that can be read on the page."""
        return str(self._ask("text()"))

    def heading(self) -> str:
        return str(self._ask("heading()"))

    def offers(self, name: str) -> bool:
        """Whether a button or link that reads so is on the page now."""
        return "missing" not in self._ask(f"place('control', {json.dumps(name)})")

    def sees(self, text: str, within_s: float = APPEARS_WITHIN_S) -> None:
        self._until(lambda: text in self.text(), f"{text!r} did not appear", within_s)

    def tap(self, name: str) -> None:
        """Touch the button or link that reads `name`; when that leaves the page, the next one has loaded."""
        self._touch("control", name)

    def tap_at(self, selector: str) -> None:
        """Touch the first thing of this CSS selector that can be seen: where the name is not known."""
        self._touch("selector", selector)

    def attach(self, photographs: Mapping[str, Path]) -> None:
        """Choose a photograph in each of these file fields, by id; with scripts, wait until the page has sent all."""
        for sent, (name, file) in enumerate(photographs.items(), 1):
            root = self.tab.call("DOM.getDocument")["root"]["nodeId"]
            node = self.tab.call("DOM.querySelector", nodeId=root, selector=f"#{name}")["nodeId"]
            self.tab.call("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
            if self.scripts:
                self._until(lambda sent=sent: self.text().count("这张收到了") >= sent, f"{name} is not sent")  # type: ignore[misc]

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label, in place of what stands there."""
        if self._place("field", label)["type"] == "date":
            assert self._ask(f"choose_date({json.dumps(label)}, {json.dumps(text)})") == text
            return
        self._touch("field", label)
        self._until(
            lambda: self._ask(f"clear({json.dumps(label)})"),
            f"a tap on {label!r} did not put the cursor there",
        )
        for letter in text:
            self.tab.call("Input.dispatchKeyEvent", type="char", text=letter)
        typed = self._place("field", label)["value"]
        assert typed == text, f"typed {text!r} into {label!r}, there stands {typed!r}"

    def choose(self, label: str) -> None:
        """Tick the box or radio button with this label."""
        if not self._place("field", label)["checked"]:
            self._touch("field", label)
        self._until(
            lambda: self._place("field", label)["checked"], f"{label!r} does not let itself be chosen"
        )

    def choose_at(self, selector: str) -> None:
        """Tick the first box or radio button of this CSS selector: where the label is not known."""
        self._touch("selector", selector)
        self._until(
            lambda: self._place("selector", selector)["checked"],
            f"{selector!r} does not let itself be chosen",
        )

    def tick_all(self) -> None:
        """Tick every box that is not ticked yet."""
        while label := self._ask("unticked()"):
            self.choose(label)

    def address_of(self, name: str) -> str:
        """Where the link that reads `name` leads."""
        return str(self._place("control", name)["href"])

    def fits(self) -> None:
        """Nothing stands out of the screen sideways."""
        size = self._ask("size()")
        assert size["width"] <= WIDTH, f"{self.url} is {size['width']} px wide"
        assert size["out"] == [], f"out of the screen at {self.url}: {size['out']}"

    def screenshot(self, path: Path) -> None:
        """The whole page, as long as it is."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._hold(max(HEIGHT, self._ask("size()")["height"]))
        picture = self.tab.call("Page.captureScreenshot")["data"]
        self._hold(HEIGHT)
        path.write_bytes(base64.b64decode(picture))

    def switch_on(self) -> None:
        for room in ("Page", "Runtime", "Log"):
            self.tab.call(f"{room}.enable")
        self.tab.call("Emulation.setTouchEmulationEnabled", enabled=True)
        self.tab.call("Emulation.setScriptExecutionDisabled", value=not self.scripts)
        self._hold(HEIGHT)

    def _hold(self, height: int) -> None:
        self.tab.call(
            "Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=True
        )

    def _touch(self, by: str, name: str) -> None:
        spot = self._place(by, name)
        assert not spot["covered"], f"something covers {name!r} at {self.url}"
        assert not spot["disabled"], f"{name!r} is disabled at {self.url}"
        # A finger lands on what is drawn, and a page just laid out or scrolled may not be: a picture has it drawn.
        self.tab.call("Page.captureScreenshot")
        self._begin()
        point = {"x": spot["x"], "y": spot["y"]}
        # Faster than any finger, two taps would be taken for a double tap, which chooses words: a second lies between.
        at = time.time() + next(self._taps)
        self.tab.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point], timestamp=at)
        self.tab.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[], timestamp=at + 0.05)
        if spot["leaves"]:
            begun = self.tab.happens(LOADING, within_s=LEAVES_WITHIN_S)
            assert begun, f"a tap on {name!r} does nothing at {self.url}"
            self._until_loaded()

    def _place(self, by: str, name: str) -> dict[str, Any]:
        question = f"place({json.dumps(by)}, {json.dumps(name)})"
        self._until(lambda: "missing" not in self._ask(question), f"there is no {by} {name!r}")
        return dict(self._ask(question))

    def _until(self, holds: Callable[[], bool], else_say: str, within_s: float = APPEARS_WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < deadline, f"{else_say} at {self.url}:\n{self.text()}"
            time.sleep(0.05)

    def _ask(self, question: str) -> Any:
        """Asked of the page that stands there; a page just being replaced has none, so it is asked again."""
        for _ in range(20):
            try:
                answer = self.tab.call("Runtime.evaluate", expression=f"{FINDER}.{question}")
            except DevToolsError:
                time.sleep(0.1)
                continue
            assert "exceptionDetails" not in answer, answer
            return json.loads(answer["result"]["value"])
        raise AssertionError(f"no page stands still at {self.url}")

    def _begin(self) -> None:
        self._note_faults()
        self.tab.events.clear()

    def _until_loaded(self) -> None:
        loaded = self.tab.happens(LOADING, LOADED, within_s=LOADS_WITHIN_S)
        assert loaded, f"{self.url} does not finish loading"

    def _note_faults(self) -> None:
        for event in self.tab.events:
            if event["method"] == "Runtime.exceptionThrown":
                details = event["params"]["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", "")
                self.faults.append(f"{details.get('url', '')} {details['text']} {thrown}")
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                entry = event["params"]["entry"]
                # A form in which something has to be mended is answered so.
                if "status of 422" not in entry["text"]:
                    self.faults.append(f"{entry.get('url', '')} {entry['text']}")


@contextmanager
def old_phone(*, scripts: bool = True) -> Iterator[OldPhone]:
    """Fresh from the shop. On leaving, no page may have had a fault."""
    with chromium() as tab:
        phone = OldPhone(tab, scripts)
        phone.switch_on()
        yield phone
        phone._note_faults()
        assert phone.faults == []
