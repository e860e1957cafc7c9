"""Documents stay true: every link and picture in them leads somewhere, and both READMEs tell the same."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r'\]\(([^)#\s]+)[^)]*\)|<img src="([^"]+)"')
PAGES = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split()


def links(page: Path) -> list[str]:
    return [a or b for a, b in LINK.findall(page.read_text("utf-8"))]


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    dead = [link for link in links(page) if "://" not in link and not (page.parent / link).exists()]
    assert not dead


def test_both_readmes_show_the_same_commands_and_pictures() -> None:
    english, chinese = (ROOT / name for name in ("README.md", "README.zh-CN.md"))
    commands = re.compile(r"^make \w+", re.M)
    assert commands.findall(english.read_text("utf-8")) == commands.findall(chinese.read_text("utf-8"))
    assert sorted(set(links(english)) - {"README.zh-CN.md"}) == sorted(set(links(chinese)) - {"README.md"})
