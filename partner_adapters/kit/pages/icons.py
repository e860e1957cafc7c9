"""Icons of an application, each an SVG on a 28 by 28 grid, stroked in the colour of the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from markupsafe import Markup

# Shapes that every application can use, besides its own.
COMMON = {
    "good": '<circle cx="14" cy="14" r="11"/><path d="M9 14.5l3.5 3.5 7-8"/>',
    "heed": '<circle cx="14" cy="14" r="11"/><path d="M14 7v8l5 3"/>',
    "note": '<circle cx="14" cy="14" r="11"/><path d="M14 13v7M14 8.5h.1"/>',
    "wrong": '<circle cx="14" cy="14" r="11"/><path d="M14 8v8M14 20h.1"/>',
}


def drawings(shapes: Mapping[str, str]) -> Callable[[str], Markup]:
    """Return the function that returns an icon's SVG by its name. It raises KeyError for an unknown name.

    An icon always stands beside text, so it is hidden from screen readers.
    """
    known = {**COMMON, **shapes}

    @cache
    def icon(name: str) -> Markup:
        frame = Markup('<svg class="icon" viewBox="0 0 28 28" aria-hidden="true" focusable="false">{}</svg>')
        return frame.format(Markup(known[name]))  # noqa: S704 - shapes are constants of our programs

    return icon
