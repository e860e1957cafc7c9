"""Administrative divisions of China by code, and where an address lies by the names with which it begins.

`divisions.csv` holds provinces (2 digits), cities (4) and counties (6). `former_divisions.csv` holds names that people
still write, with the code of the division that there is now. Nothing in an address behind the county is read.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

FILE = Path(__file__).with_name("divisions.csv")
FORMER = Path(__file__).with_name("former_divisions.csv")
PROVINCE, CITY, COUNTY = 2, 4, 6
# One character alone, as of 道县, names nothing.
SHORTEST = 2
Relation = Literal["inside", "outside", "unknown"]
_COUNTRY = re.compile(r"^(中华人民共和国|中国)")
_KINDS = re.compile(r"(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|地区|[省市县区盟])$")
# A short name before one of these is of a street or a village, or the beginning of another division's: 南京路, 吉林市.
_NO_DIVISION = re.compile(
    r"[东西南北中]?[大小]?(路|街|道|巷|弄|胡同|场|村|庄|屯|镇|乡|桥|花园|小区|大厦|新村|公寓)|[省市县区盟州旗]"
)
# What makes another word of a full name: 市场, 区间.
_OTHER_WORD = ("场", "间")


@dataclass(frozen=True)
class Place:
    """Where an address lies: the most exact division that it names, or several of the same name."""

    codes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the names from the province down, such as `江苏省连云港市东海县`; of several places, with `或`."""
        return "或".join(full_name(code) for code in self.codes)


def locate(address: str) -> Place | None:
    """Return where the address lies; None if it names no division, or two that exclude each other."""
    rest = _COUNTRY.sub("", "".join(unicodedata.normalize("NFKC", address).split()))
    found, rest = _first(rest)
    while found:
        inner, after = _longest(rest, [child for code in found for child in _children()[code]], short=True)
        if not inner:
            break
        found, rest = inner, after
    if not found or _names_another(rest):
        return None
    return Place(tuple(sorted(found)))


def relation(place: Place | None, area: Iterable[str]) -> Relation:
    """Return whether the place lies in an area, given as the codes of its divisions.

    `unknown`: no place was found, its names are of several, or it may lie inside as well as outside.
    """
    if place is None:
        return "unknown"
    codes = tuple(area)
    said = {_relation(code, codes) for code in place.codes}
    return said.pop() if len(said) == 1 else "unknown"


def division_name(code: str) -> str:
    """Return the division's own name, or "" for an unknown code."""
    return _names().get(code, "")


def full_name(code: str) -> str:
    """Return the names from the province down. Raises KeyError for an unknown code."""
    names = _names()
    parts = [names.get(code[:length], "") for length in (PROVINCE, CITY, COUNTY) if length < len(code)]
    return "".join([*parts, names[code]])


def _relation(code: str, area: tuple[str, ...]) -> Relation:
    if any(code.startswith(part) for part in area):
        return "inside"
    return "unknown" if any(part.startswith(code) for part in area) else "outside"


def _first(text: str) -> tuple[list[str], str]:
    """Return the divisions with which the address begins, and the rest of it. A county alone needs its full name."""
    for length in (PROVINCE, CITY, COUNTY):
        found, rest = _longest(text, _codes_of(length), short=length != COUNTY)
        if found:
            return found, rest
    return [], text


@cache
def _codes_of(length: int) -> Sequence[str]:
    return [code for code in _names() if len(code) == length]


def _longest(text: str, codes: Iterable[str], *, short: bool) -> tuple[list[str], str]:
    """Return those of the divisions whose name the text begins with, by the longest name, and the rest."""
    matches: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        for name, is_short in _written()[code]:
            if text.startswith(name) and not (
                is_short and (not short or _NO_DIVISION.match(text[len(name) :]))
            ):
                matches[name].append(code)
    if not matches:
        return [], text
    name = max(matches, key=len)
    return list(dict.fromkeys(matches[name])), text[len(name) :]


def _names_another(rest: str) -> bool:
    """Whether the rest begins with the full name of a city or county, which is none of the division before it."""
    return any(
        rest.startswith(name) and not rest.startswith(_OTHER_WORD, len(name))
        for name in _by_beginning().get(rest[:SHORTEST], ())
    )


@cache
def _by_beginning() -> Mapping[str, tuple[str, ...]]:
    """Return the full names of cities and counties by their first characters."""
    names: dict[str, list[str]] = defaultdict(list)
    for code, name in _names().items():
        if len(code) > PROVINCE:
            names[name[:SHORTEST]].append(name)
    return {beginning: tuple(found) for beginning, found in names.items()}


@cache
def _names() -> Mapping[str, str]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@cache
def _written() -> Mapping[str, tuple[tuple[str, bool], ...]]:
    """Return each division's names as people write them, and whether it is short: in full, of before, in short."""
    written = {code: [(name, False)] for code, name in _names().items()}
    with FORMER.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            written[row["code"]].append((row["name"], False))
    for code, name in _names().items():
        short = _KINDS.sub("", name)
        if len(short) >= SHORTEST and short != name:
            written[code].append((short, True))
    return {code: tuple(names) for code, names in written.items()}


@cache
def _children() -> Mapping[str, tuple[str, ...]]:
    """Return what may follow each division's name: its cities, and its counties, whose city may be left out."""
    children: dict[str, list[str]] = defaultdict(list)
    for code in _names():
        for length in (PROVINCE, CITY):
            if length < len(code):
                children[code[:length]].append(code)
    return defaultdict(tuple, {code: tuple(found) for code, found in children.items()})
