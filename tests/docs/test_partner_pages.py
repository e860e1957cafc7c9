"""The pages for partners' developers are complete: listed, in both languages, with links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from h5app.partner_api.core_reads import EVENT_TYPES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "partners"
# What a partner's developer reads to connect a server. The pages about our pages in an app are in English only.
IN_BOTH = (
    "README",
    "quickstart-server",
    "quickstart-frame",
    "going-live",
    "events",
    "webhooks",
    "errors",
    "dialects",
    "assertion",
    "oauth2",
    "oidc",
    "sealed",
    "ticket",
    "test-vectors",
    "native-apps",
)
PAGES = sorted(page.name for page in FOLDER.glob("*.md"))
LINK = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```", re.M | re.S)


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page: those that stand in it, and those that GitHub makes of its headings."""
    prose = CODE.sub("", text_of(page))
    titles = re.findall(r"^#+ (.*)$", prose, re.M)
    made = {
        re.sub(r"[^\w\- ]", "", re.sub(r"<[^>]+>", "", title).lower()).replace(" ", "-") for title in titles
    }
    return made | set(re.findall(r'<a id="([^"]+)">', prose))


@pytest.mark.parametrize("name", PAGES)
def test_every_anchor_that_is_linked_exists(name: str) -> None:
    page = FOLDER / name
    links = [
        (page.parent / to if to else page, anchor) for to, anchor in LINK.findall(CODE.sub("", text_of(page)))
    ]
    assert [anchor for to, anchor in links if "://" not in str(to) and anchor not in anchors(to)] == []


@pytest.mark.parametrize("name", IN_BOTH)
def test_a_page_in_both_languages_has_the_same_code_headings_and_tables(name: str) -> None:
    english, chinese = (text_of(FOLDER / f"{name}{ending}.md") for ending in ("", ".zh-CN"))
    assert CODE.findall(english) == CODE.findall(chinese)
    for mark in (r"^#+ ", r"^\| ", r"^\d+\. ", r"^- \[ \]"):
        assert len(re.findall(mark, english, re.M)) == len(re.findall(mark, chinese, re.M)), mark
    assert f"({name}.zh-CN.md)" in english
    assert f"({name}.md)" in chinese


def test_the_errors_have_the_same_codes_in_both_languages() -> None:
    english, chinese = (
        re.findall(r"^### (.*)$", text_of(FOLDER / name), re.M) for name in ("errors.md", "errors.zh-CN.md")
    )
    assert english == chinese


@pytest.mark.parametrize("index", ["README.md", "README.zh-CN.md"])
def test_the_index_lists_every_page(index: str) -> None:
    linked = set(re.findall(r"\]\(([\w.-]+\.md)", text_of(FOLDER / index)))
    wanted = {page.replace(".zh-CN", "") for page in PAGES} - {"README.md"}
    assert {page.replace(".zh-CN", "") for page in linked} >= wanted
    if index.endswith(".zh-CN.md"):
        assert {f"{name}.zh-CN.md" for name in IN_BOTH[1:]} <= linked


@pytest.mark.parametrize("name", ["events.md", "events.zh-CN.md"])
def test_the_table_of_events_has_every_type_once(name: str) -> None:
    assert re.findall(r"^\| `(\w+\.\w+)` \|", text_of(FOLDER / name), re.M) == list(EVENT_TYPES)


def test_native_pages_say_that_no_snippet_is_compiled() -> None:
    for name, said in (
        ("native-apps.md", "Not compiled here."),
        ("native-apps.zh-CN.md", "没有在这里编译过。"),
    ):
        parts = text_of(FOLDER / name).split("\n## ")
        assert [part.split("\n")[0] for part in parts[1:] if "```" in part and said not in part] == []
