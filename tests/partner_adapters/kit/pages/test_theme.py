"""Text in a partner's colour is readable on every surface of the pages, whichever colour it is."""

import re

from hypothesis import assume, given
from hypothesis import strategies as st

from partner_adapters.kit.pages import theme
from partner_adapters.kit.pages.static_files import TOKENS
from partner_adapters.kit.values.colours import READABLE_CONTRAST, contrast_with_white

CHANNEL = st.integers(0, 255)


def colours(css: bytes) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{6})", css.decode()))


@given(CHANNEL, CHANNEL, CHANNEL)
def test_links_are_readable_on_the_ground_and_on_the_tint(red: int, green: int, blue: int) -> None:
    accent = f"#{red:02x}{green:02x}{blue:02x}"
    assume(contrast_with_white(accent) >= READABLE_CONTRAST)
    made = colours(theme.theme_css(accent))
    assert made["accent"] == accent
    for surface in (theme.GROUND, made["accent-soft"], "#ffffff"):
        ratio = contrast_with_white(made["link"]) / contrast_with_white(surface)
        assert ratio >= READABLE_CONTRAST


def test_a_colour_dark_enough_is_used_as_it_is() -> None:
    assert colours(theme.theme_css("#0b6e6e"))["link"] == "#0b6e6e"


def test_the_ground_is_the_style_sheets() -> None:
    css = TOKENS.read_text("utf-8")
    assert f"--ground: {theme.GROUND};" in css
