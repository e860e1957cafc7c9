"""Every page in every state: axe (WCAG 2.2 AA) finds nothing, and all large enough to read, touch and reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, ViewportSize

from tests.support.browsers.doubled import EMULATED
from tests.support.pages.gallery import Gallery, Shown, gallery

pytestmark = pytest.mark.slow

PAGES = Path(__file__).parents[1] / "support/pages"
AXE = (Path(__file__).parent.parent / "vendor/axe.min.js").read_text("utf-8")
MEASURES = (PAGES / "measures.js").read_text("utf-8")
FOCUS = (PAGES / "focus.js").read_text("utf-8")
EVERY_RULE = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# All that the text size can change.
RULES_OF_LOOKS = ("color-contrast", "target-size")
# All that the language can change: the same templates hold other words.
RULES_OF_LANGUAGE = ("html-has-lang", "html-lang-valid", "valid-lang", "document-title", *RULES_OF_LOOKS)
# As narrow as WCAG asks for, and narrower than any phone that is sold.
PHONE: ViewportSize = {"width": 320, "height": 640}
LINE_SPACING = 1.3
LOOK = """(name, zoom) => {
  document.documentElement.classList.remove("elder", "largest");
  if (name) document.documentElement.classList.add(name);
  document.documentElement.style.setProperty("-webkit-text-size-adjust", zoom, "important");
  window.dispatchEvent(new Event("resize"));
}"""

# Between the ring around the title of the opened fold and the label below it, in px.
SPACE_BELOW_THE_RING = """() => {
  const field = document.getElementById("due_day").closest(".field"), fold = field.closest("details");
  const summary = fold.querySelector("summary");
  fold.open = true;
  summary.focus();
  const style = getComputedStyle(summary);
  const ring = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
  return field.getBoundingClientRect().top - summary.getBoundingClientRect().bottom - ring;
}"""


@dataclass(frozen=True)
class Display:
    """One of the page's display settings.

    `name`: the class that the server gives a page.

    `target`: the least side, in px, of anything that is touched.

    `text`: the least height of a letter, in px.

    `zoom`: how much larger the super-app's web view draws all text, if it does.
    """

    name: str = ""
    target: int = 44
    text: int = 14
    zoom: str = ""


STANDARD = Display()
DISPLAYS = {
    "standard": STANDARD,
    "elder": Display("elder", target=60, text=18),
    "largest": Display("largest", target=60, text=18),
    "doubled": Display(text=28, zoom="200%"),
}


@pytest.fixture(scope="module", params=["zh", "en"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    with gallery(tmp_path_factory.mktemp("gallery"), request.param) as opened:
        yield opened


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(viewport=PHONE, **EMULATED).new_page()


def kinds(of: Gallery) -> list[Shown]:
    """One page of each make: the rest differ in their words alone."""
    return list({(one.templates, one.status): one for one in of.hung}.values())


def looked_at(of: Gallery, whole: bool) -> list[Shown]:
    """Return all pages, or the sample: one of each template in Chinese, and every third of them in English."""
    if whole:
        return list(of.hung)
    sample = list({one.template: one for one in of.hung}.values())
    return sample if of.lang == "zh" else sample[::3]


def examined(of: Gallery, whole: bool) -> list[Shown]:
    """Return the pages that axe and the keyboard visit: one of each make, or every fourth page of the sample."""
    return kinds(of) if whole else looked_at(of, whole)[::4]


def faults(page: Page, rules: Sequence[str] = EVERY_RULE) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def measured(page: Page, displays: Sequence[Display]) -> list[list[str]]:
    """In each of them what is too small, too tight or sticks out, everything that can be unfolded being so."""
    found: list[list[str]] = page.evaluate(
        f"""([displays, spacing, width]) => {{
          document.querySelectorAll("details").forEach((d) => {{ d.open = true; }});
          return displays.map(({{ name, zoom, target, text }}) => {{
            ({LOOK})(name, zoom);
            const wide = document.documentElement.scrollWidth;
            return [...(wide > width ? [`${{wide}} px wide`] : []), ...({MEASURES})({{ target, text, spacing }})];
          }});
        }}""",
        [[asdict(display) for display in displays], LINE_SPACING, PHONE["width"]],
    )
    return found


def test_the_ring_of_an_opened_fold_touches_no_label_below_it(shown: Gallery, phone: Page) -> None:
    folds = [one for one in kinds(shown) if b'id="due_day"' in one.body]
    assert folds
    for one in folds:
        phone.goto(shown.address(one))
        for display in DISPLAYS.values():
            phone.evaluate(f"([name, zoom]) => ({LOOK})(name, zoom)", [display.name, display.zoom])
            assert phone.evaluate(SPACE_BELOW_THE_RING) >= 2, (one.name, display)


def test_every_page_is_sound_and_fits_and_is_large_enough_to_read_and_touch(
    shown: Gallery, phone: Page, whole: bool
) -> None:
    found, by_axe = {}, {one.name for one in examined(shown, whole)}
    for one in looked_at(shown, whole):
        phone.goto(shown.address(one))
        for name, wrong in zip(DISPLAYS, measured(phone, list(DISPLAYS.values())), strict=True):
            found[one.name, name] = wrong
        if one.name in by_axe:
            found[one.name, "axe"] = axe_in_each_size(phone, shown.lang, whole)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}


def axe_in_each_size(phone: Page, lang: str, whole: bool) -> list[str]:
    """Every rule once; of what another size or other words can change, that alone.

    The sample leaves out axe in another size: `measured` sees each page's targets and texts in every size.
    """
    found = []
    if lang == "zh":
        phone.evaluate(f"({LOOK})('', '')")
        found += faults(phone, EVERY_RULE)
        if not whole:
            return found
    phone.evaluate(f"({LOOK})('elder', '')")
    return found + faults(phone, RULES_OF_LOOKS if lang == "zh" else RULES_OF_LANGUAGE)


def test_the_keyboard_reaches_every_control_in_order_and_shows_where_it_is(
    shown: Gallery, phone: Page, whole: bool
) -> None:
    if shown.lang != "zh":
        pytest.skip("the controls are the same in every language")
    for one in examined(shown, whole):
        phone.goto(shown.address(one))
        expected = [_still(name) for name in phone.evaluate(f"({FOCUS}).stops()")]
        reached = []
        for _ in expected:
            phone.keyboard.press("Tab")
            reached.append(phone.evaluate(f"({FOCUS}).focused()"))
        assert [_still(stop["name"]) for stop in reached] == expected, one.name
        assert [stop for stop in reached if not stop["seen"] or stop["contrast"] < 3] == [], one.name


def _still(name: str) -> str:
    """The control's name without its figures: some count seconds down."""
    return re.sub(r"\d+", "0", name)


def test_text_grows_to_30_px(shown: Gallery, phone: Page) -> None:
    phone.goto(shown.address(next(one for one in shown.hung if one.path.endswith("/me/help"))))
    phone.evaluate(f"({LOOK})('largest', '')")
    assert phone.evaluate("getComputedStyle(document.querySelector('main p')).fontSize") == "30px"


def test_a_fault_would_be_seen(phone: Page) -> None:
    phone.set_content(
        "<html lang=en><title>x</title><main><h1>x</h1><img src=x><input>"
        "<p style='font-size:10px;line-height:10px'>fine print</p><div style='width:900px'>wide</div>"
        "<div style='height:20px'>two<br>lines</div><div>below</div>"
        "<p style='height:20px;overflow:hidden'>more<br>lines</p>"
        "<p style='width:60px;overflow-wrap:anywhere'>60,000.00</p></main>"
    )
    assert {fault.split(":")[0] for fault in faults(phone)} == {"image-alt", "label"}
    [found] = measured(phone, [STANDARD])
    assert {"small target", "small text", "tight lines", "cut", "overlap", "broken number"} < {
        re.split("[,:]", fault)[0] for fault in found
    }
    assert found[0].endswith("px wide")
