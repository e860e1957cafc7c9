"""What a page says, in the language that the customer reads. The tests name texts in Chinese, and the
catalogues give the other languages.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel.messages.catalog import Message

from h5app.page import TEXTS

PARAM = re.compile(r"%\((\w+)\)[sd]")


def words(lang: str, chinese: str) -> str:
    """A whole sentence of the pages, its values filled in, as `lang` says it. Raises KeyError: no page says so."""
    if lang == "zh":
        return chinese
    for pattern, message in _told(lang):
        if found := pattern.fullmatch(chinese):
            return _fill(message, found.groupdict())
    raise KeyError(chinese)


def _fill(message: Message, values: dict[str, Any]) -> str:
    if isinstance(message.string, str):
        return message.string % values
    one = values.get("num") == "1"
    return str(message.string[0 if one else -1]) % values


@cache
def _told(lang: str) -> list[tuple[re.Pattern[str], Message]]:
    """Each sentence as a pattern: those without values first, and a page's own words before those of a code."""
    chinese = {message.id: message.string for message in TEXTS.read("zh")}
    told = []
    for message in TEXTS.read(lang):
        said = chinese.get(message.id) or message.id
        sentence = said if isinstance(said, str) else said[0]
        # A text that is nothing but a value would be found in every sentence.
        if PARAM.sub("", sentence):
            told.append((_pattern(sentence), message))
    return sorted(told, key=lambda pair: (pair[0].groups, pair[1].id in chinese))


def _pattern(sentence: str) -> re.Pattern[str]:
    literal, named = 0, set[str]()
    parts = []
    for param in PARAM.finditer(sentence):
        parts.append(re.escape(sentence[literal : param.start()]))
        parts.append(f"(?P={param[1]})" if param[1] in named else f"(?P<{param[1]}>.+)")
        named.add(param[1])
        literal = param.end()
    return re.compile("".join([*parts, re.escape(sentence[literal:])]))
