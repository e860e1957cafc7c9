"""The house's own rules, checked like any behaviour: imports, packages, what committed files may say."""

import ast
import importlib.util
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("h5app", "partner_adapters", "mock_partners")
REGISTRY_HOSTS = re.compile(rb"pypi\.org|pythonhosted\.org|npmjs\.org|npmmirror\.com|deb\.debian\.org")


def _committed_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [Path(name) for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(file: str) -> set[str]:
    lines = (ROOT / "requirements" / file).read_text().splitlines()
    return {_normal(match[0]) for line in lines if (match := re.match(r"[A-Za-z0-9][A-Za-z0-9_.-]*", line))}


def _imported_modules(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_bytes())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.partition(".")[0] for name in plain | froms}


def test_the_http_library_that_others_silently_prefer_is_absent() -> None:
    assert importlib.util.find_spec("httpx2") is None


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_that_we_import_is_declared(package: str) -> None:
    files = (ROOT / package).rglob("*.py")
    imported = set().union(*map(_imported_modules, files)) - sys.stdlib_module_names - set(PACKAGES)
    distributions = packages_distributions()
    unknown = {name for name in imported if name not in distributions}
    assert not unknown, "imported but not installed"
    declared = _declared("runtime.in")
    assert {name for name in imported if declared.isdisjoint(map(_normal, distributions[name]))} == set()


# What another package loads by name: the server's loop and parser, form parsing, the database's driver.
LOADED_BY_NAME = {"httptools", "psycopg", "python-multipart", "uvloop"}


def test_every_package_that_the_programs_require_is_imported() -> None:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    distributions = packages_distributions()
    # One name may belong to several packages: `opentelemetry` does.
    imported = {
        _normal(distribution)
        for name in set().union(*map(_imported_modules, files))
        for distribution in distributions.get(name, [])
    }
    assert _declared("runtime.in") - LOADED_BY_NAME - imported == set(), "required, but never imported"


@pytest.mark.parametrize("name", ["runtime", "dev", "scorecard"])
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    loose = [line for line in lines if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)]
    assert loose == []
    assert _declared(f"{name}.in") <= _declared(f"{name}.txt"), "run `make requirements`"


def test_committed_files_name_no_package_registry() -> None:
    assert [
        str(path) for path in _committed_files() if REGISTRY_HOSTS.search((ROOT / path).read_bytes())
    ] == []
