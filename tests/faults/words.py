"""What a page claims of a command, by the words that the pages have for it."""

from __future__ import annotations

import re

from h5app.page import TEXTS


def _headings(state: str) -> str:
    """Return the headings of every kind of order in a state, as alternatives."""
    return "|".join(
        re.escape(message.string) for message in TEXTS.read("zh") if message.id.startswith(f"order_{state}.")
    )


# In a heading.
DONE = re.compile(_headings("succeeded"))
# Anywhere.
NOTHING = re.compile("这一笔没有办成|什么都没有办")
# In a heading: the outcome is not known yet.
WAITING = re.compile(f"处理中|{_headings('processing')}")
