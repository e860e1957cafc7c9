"""The kind of a person's device, derived from what the browser says of itself. Nothing else of that is stored."""

from __future__ import annotations

import re

# A phone's own text has at most about 300 characters. A longer one is not searched further.
MOST_READ = 512

# The first that fits. HarmonyOS calls itself Android too, and an iPad may call itself a Mac.
_SIGNS = (
    ("iphone", re.compile("iPhone|iPod")),
    ("ipad", re.compile("iPad")),
    ("harmony", re.compile("HarmonyOS|OpenHarmony")),
    ("android_phone", re.compile(r"Android(?=.*Mobile)")),
    ("android_tablet", re.compile("Android")),
    ("windows", re.compile("Windows")),
    ("mac", re.compile("Macintosh")),
    ("computer", re.compile("Linux|CrOS")),
)
UNKNOWN = "unknown"
KINDS = (*(kind for kind, _ in _SIGNS), UNKNOWN)


def kind_of(user_agent: str) -> str:
    """Return one of `KINDS`. Each has its words in the catalogues, as `device.<kind>`."""
    text = user_agent[:MOST_READ]
    return next((kind for kind, sign in _SIGNS if sign.search(text)), UNKNOWN)
