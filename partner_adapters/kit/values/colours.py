"""Colours as `#rrggbb`, and how well text in them can be read."""

from __future__ import annotations

# WCAG 2.2 AA, for text on white and for white text on the colour.
READABLE_CONTRAST = 4.5


def contrast_with_white(colour: str) -> float:
    """Return the WCAG contrast ratio of `#rrggbb` with white, 1 to 21."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
