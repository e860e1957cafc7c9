"""The forms of a served page, as a browser would fill them: found in the page, so that no new field is forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Field:
    """`kind`: the input's type, or `textarea`. `choices`: the values of a radio group or a box."""

    name: str
    kind: str
    value: str = ""
    inputmode: str = ""
    choices: list[str] = field(default_factory=list)


@dataclass
class FoundForm:
    """`action` is None where the form goes to the page's own address. `enctype` is empty for fields alone."""

    method: str
    action: str | None
    enctype: str = ""
    fields: dict[str, Field] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FoundForm] = []
        self.errors: set[str] = set()
        self._inside = False
        self._area: Field | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("id", "").endswith("-error"):
            self.errors.add(given["id"].removesuffix("-error"))
        if tag == "form" and given.get("class") != "look":  # the buttons of language and size, on every page
            self._inside = True
            self.forms.append(
                FoundForm(given.get("method", "get").lower(), given.get("action"), given.get("enctype", ""))
            )
        elif self._inside and tag in ("input", "textarea", "select", "button") and given.get("name"):
            self._add(tag, given)

    def _add(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text") if tag == "input" else tag
        found = self.forms[-1].fields.setdefault(
            name, Field(name, kind, inputmode=given.get("inputmode", ""))
        )
        if kind in ("radio", "checkbox", "button"):
            found.choices.append(given.get("value", "on"))
        else:
            found.value = given.get("value", "")
        self._area = found if kind == "textarea" else None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = None


def forms_of(page: str) -> list[FoundForm]:
    return _read(page).forms


def errors_of(page: str) -> set[str]:
    """Names of the fields beside which an error stands."""
    return _read(page).errors


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader
