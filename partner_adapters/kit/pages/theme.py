"""A partner's colour as a style sheet: the accent, a tint of it for quiet surfaces, and a shade that reads on both."""

from __future__ import annotations

from partner_adapters.kit.values.colours import READABLE_CONTRAST, contrast_with_white

GROUND = "#f3f6f5"
"""As `--ground` in tokens.css: the darkest surface that links stand on, beside the tint."""
TINT_PERCENT = 10
SHADE_STEP_PERCENT = 5


def theme_css(accent: str) -> bytes:
    """`accent`: `#rrggbb`, readable as white's background (the registry has checked it)."""
    tint = _mix(accent, "#ffffff", 100 - TINT_PERCENT)
    darkest_surface = max(contrast_with_white(tint), contrast_with_white(GROUND))
    shades = (_mix(accent, "#000000", percent) for percent in range(0, 101, SHADE_STEP_PERCENT))
    # Two colours contrast as much as one does with white, divided by what the other does.
    link = next(s for s in shades if contrast_with_white(s) / darkest_surface >= READABLE_CONTRAST)
    return f":root{{--accent:{accent};--accent-soft:{tint};--link:{link}}}\n".encode()


def _mix(colour: str, other: str, percent_of_other: int) -> str:
    pairs = ((int(colour[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    mixed = ((own * (100 - percent_of_other) + its * percent_of_other) // 100 for own, its in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
