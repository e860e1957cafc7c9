"""Compare the records of two walks: `python tests/journeys/compare_walks.py BEFORE_DIR AFTER_DIR`.

`page_record.py` says what a record holds. What differs from run to run is replaced by its kind before comparing.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from pathlib import Path
from typing import Any

TEXT_SUFFIX, BOXES_SUFFIX = ".txt", ".boxes.json"
# A box may move or grow this far. Rounding takes one pixel; the other is for the layout of fractions.
MOVED_PX = 2
# Lines printed for each of a picture's text and boxes: one shift near the top moves every box below it.
MOST_LINES = 40


@dataclass(frozen=True)
class Kind:
    """A kind of value that differs from run to run.

    `pattern` must mean the same in Python and in JavaScript, because `page_boxes.js` applies it in the browser.
    `sample` is what a page shows in place of the value while its boxes are measured.
    """

    name: str
    pattern: str
    sample: str


_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_SYMBOL = "[0-9A-HJKMNP-TV-Z]"
KINDS = (
    Kind("host", r"(?:localhost|127\.0\.0\.1):[0-9]{2,5}", "localhost:8000"),
    Kind("Chinese date", r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日", "2026年11月16日"),
    Kind("English date", rf"(?<![0-9])[0-9]{{1,2}} {_MONTH} [0-9]{{4}}(?![0-9])", "16 November 2026"),
    Kind("ISO date", r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", "2026-11-16"),
    Kind("day of the month", r"(?<=每月 )[0-9]{1,2}(?= 日)|(?<=on day )[0-9]{1,2}(?= of)", "16"),
    Kind("time with seconds", r"(?<![0-9:])[0-9]{2}:[0-9]{2}:[0-9]{2}(?![0-9:])", "09:30:00"),
    Kind("time", r"(?<![0-9:])[0-9]{2}:[0-9]{2}(?![0-9:])", "09:30"),
    Kind("contract number", r"(?<![0-9A-Z-])20[0-9]{2}-0[0-9]{3}(?![0-9A-Z-])", "2026-0001"),
    Kind(
        "reference",
        rf"(?<![0-9A-Z-]){_SYMBOL}{{4}}-(?:{_SYMBOL}{{4}}|{_SYMBOL}{{2}})(?![0-9A-Z-])",
        "3F7K-21QX",
    ),
    # A page is recorded some time after it opened: a countdown runs on, and a message may have been sent.
    Kind(
        "seconds left",
        r"(?<=请再看 )[0-9](?= 秒)|(?<=Read for another )[0-9](?= seconds)",
        "5",
    ),
    Kind(
        "where the code is",
        r"正在往 [0-9*]+ 发验证码，一般几秒钟就到。|验证码已经发往 [0-9*]+，5 分钟内有效。",
        "验证码已经发往 138****8000，5 分钟内有效。",
    ),
    Kind("masked id number", r"[0-9]{4}[*]{10}[0-9]{3}[0-9X]", "3207**********1234"),
    Kind("masked phone", r"[0-9]{3}[*]{4}[0-9]{4}", "138****8000"),
    Kind(
        "last four",
        r"(?<=[(（])[0-9]{4}(?=[)）])|(?<=尾号)[0-9]{4}|(?<=尾号 )[0-9]{4}|(?<=ending )[0-9]{4}",
        "1234",
    ),
    Kind("code", r'(?<="短信验证码": ")[0-9]{6}|(?<="Code": ")[0-9]{6}', "123456"),
    Kind("entry", r"(?<=/entries/)[0-9]+", "1"),
    # A token of 16 letters or more has a digit or a capital. Digits alone are a card number, which a person typed.
    Kind(
        "token",
        r"(?<![0-9A-Za-z_-])(?=[0-9_-]*[A-Za-z])(?=[a-z_-]*[0-9A-Z])[0-9A-Za-z_-]{16,}(?![0-9A-Za-z_-])",
        "0123456789abcdef0123456789abcdef",
    ),
)


def by_kind(text: str) -> str:
    """Return `text` with each value that differs from run to run replaced by its kind, such as `<reference>`."""
    for kind in KINDS:
        text = re.sub(kind.pattern, f"<{kind.name}>", text)
    return text


def records(folder: Path) -> dict[str, Path]:
    """Return the text of each picture by what the picture shows: its walk, its name, and which of that name it is.

    The number in a file's name is left out. A picture that is missing then does not shift all later ones.
    """
    seen = Counter[str]()
    found = {}
    for path in sorted(folder.glob(f"*-[0-9][0-9]-*{TEXT_SUFFIX}")):
        walk, name = re.split(r"-[0-9]{2}-", path.name.removesuffix(TEXT_SUFFIX), maxsplit=1)
        seen[f"{walk} {name}"] += 1
        found[f"{walk} {name} {seen[f'{walk} {name}']}"] = path
    return found


def compare_texts(before: str, after: str) -> list[str]:
    """Return a short unified diff of two texts, their values replaced by kinds; empty if they agree."""
    lines = unified_diff(by_kind(before).splitlines(), by_kind(after).splitlines(), n=1, lineterm="")
    return list(lines)[2:]


Box = dict[str, Any]


def compare_boxes(before: Sequence[Box], after: Sequence[Box]) -> list[str]:
    """Return a line for each box that is gone, is new, or differs by more than `MOVED_PX`."""
    matcher = SequenceMatcher(None, list(map(_label, before)), list(map(_label, after)), autojunk=False)
    lines = []
    for relation, first, last, new_first, new_last in matcher.get_opcodes():
        old, new = before[first:last], after[new_first:new_last]
        if relation == "equal":
            pairs = [(was, box) for was, box in zip(old, new, strict=True) if _moved(was, box)]
            lines += [f"moved {_label(was)}: {_place(was)} -> {_place(box)}" for was, box in pairs]
        else:
            lines += [f"gone {_label(box)}: {_place(box)}" for box in old]
            lines += [f"new {_label(box)}: {_place(box)}" for box in new]
    return lines


def _label(box: Box) -> str:
    return f"{box['tag']} {box['role']} {by_kind(box['name'])!r}"


def _place(box: Box) -> str:
    return f"{box['x']},{box['y']} {box['width']}x{box['height']}"


def _moved(before: Box, after: Box) -> bool:
    return any(abs(before[side] - after[side]) > MOVED_PX for side in ("x", "y", "width", "height"))


def compare_walks(before: Path, after: Path) -> Iterator[str]:
    """Yield the differences of each picture, under its name."""
    old, new = records(before), records(after)
    if not old or not new:
        yield f"{before if not old else after} holds no records of a walk"
    for name in sorted(old.keys() | new.keys()):
        if name not in new or name not in old:
            yield f"{name}: missing in {after if name in old else before}"
            continue
        texts = compare_texts(*(path.read_text(encoding="utf-8") for path in (old[name], new[name])))
        boxes = compare_boxes(*(_boxes_beside(path) for path in (old[name], new[name])))
        if texts or boxes:
            yield f"{name}: {old[name].name} and {new[name].name} differ"
            yield from _first_lines(texts)
            yield from _first_lines(boxes)


def _boxes_beside(text: Path) -> list[Box]:
    boxes: list[Box] = json.loads(
        text.with_name(text.name.removesuffix(TEXT_SUFFIX) + BOXES_SUFFIX).read_text(encoding="utf-8")
    )
    return boxes


def _first_lines(lines: list[str]) -> Iterator[str]:
    yield from (f"    {line}" for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield f"    and {len(lines) - MOST_LINES} lines more"


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: python tests/journeys/compare_walks.py BEFORE_DIR AFTER_DIR\n")
        return 2
    before, after = map(Path, arguments)
    differences = list(compare_walks(before, after))
    sys.stdout.writelines(f"{line}\n" for line in differences)
    if not differences:
        sys.stdout.write(f"{len(records(before))} pictures agree\n")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
