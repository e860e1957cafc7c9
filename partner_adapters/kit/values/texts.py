"""Texts in the two languages of the pages: `text["zh"]`, `text["en"]`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)
# A text that a bank or a party decides, not the page: Chinese with its English translation.
Text = dict[Lang, str]


def require_both(text: Text) -> Text:
    """Return the text. Raises ValueError if a language is missing or blank."""
    if missing := [lang for lang in LANGS if not text.get(lang, "").strip()]:
        raise ValueError(f"lacks the text for: {', '.join(sorted(missing))}")
    return text


# The same in a configuration or a product, where no language may be missing.
CompleteText = Annotated[Text, AfterValidator(require_both)]
