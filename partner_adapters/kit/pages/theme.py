"""Make the style sheet of a colour: accent, tint for surfaces, and a link colour readable on tint and ground."""

from __future__ import annotations

from partner_adapters.kit.values.colours import READABLE_CONTRAST, contrast_with_white

# `--ground` of tokens.css, which is the darkest surface with links on it, besides the tint.
GROUND = "#f3f6f5"
TINT_PERCENT = 10
SHADE_STEP_PERCENT = 5


def theme_css(accent: str) -> bytes:
    """Return the style sheet for `accent` (`#rrggbb`).

    White text on `accent` must be readable, which the registry of partners has checked.
    """
    tint = _mix(accent, "#ffffff", 100 - TINT_PERCENT)
    darkest_surface = max(contrast_with_white(tint), contrast_with_white(GROUND))
    shades = (_mix(accent, "#000000", percent) for percent in range(0, 101, SHADE_STEP_PERCENT))
    # The contrast of two colours is the darker one's contrast with white, divided by the other's.
    link = next(s for s in shades if contrast_with_white(s) / darkest_surface >= READABLE_CONTRAST)
    return f":root{{--accent:{accent};--accent-soft:{tint};--link:{link}}}\n".encode()


def _mix(colour: str, other: str, percent_of_other: int) -> str:
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    mixed = ((own * (100 - percent_of_other) + its * percent_of_other) // 100 for own, its in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
