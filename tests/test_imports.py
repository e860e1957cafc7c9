"""Every import contract of `pyproject.toml`: kept by today's code, and broken by one import that it forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract, ContractCheck

CLASSES: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
}
CONFIGURATION = read_configuration("pyproject.toml")
CONTRACTS: list[dict[str, Any]] = CONFIGURATION["contracts_options"]
BY_NAME = pytest.mark.parametrize("options", CONTRACTS, ids=[options["name"] for options in CONTRACTS])
EXHAUSTIVE = [options for options in CONTRACTS if options.get("exhaustive")]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The imports of all programs. Building it takes seconds, so every test copies this one."""
    return grimp.build_graph(*CONFIGURATION["session_options"]["root_packages"], cache_dir=None)


@BY_NAME
def test_the_code_keeps_every_contract(options: dict[str, Any], graph: grimp.ImportGraph) -> None:
    assert _check(options, graph).kept


@BY_NAME
def test_one_forbidden_import_breaks_its_contract(options: dict[str, Any], graph: grimp.ImportGraph) -> None:
    changed = deepcopy(graph)
    importer, imported = _forbidden_import(options, changed)
    changed.add_import(importer=importer, imported=imported, line_number=1, line_contents="an import")
    assert not _check(options, changed).kept


@pytest.mark.parametrize("options", EXHAUSTIVE, ids=[options["name"] for options in EXHAUSTIVE])
def test_a_new_package_must_say_on_which_floor_it_stands(
    options: dict[str, Any], graph: grimp.ImportGraph
) -> None:
    changed = deepcopy(graph)
    changed.add_module(f"{options['containers'][0]}.new_package")
    assert not _check(options, changed).kept


def _check(options: dict[str, Any], graph: grimp.ImportGraph) -> ContractCheck:
    contract = CLASSES[options["type"]](
        name=options["name"], session_options=CONFIGURATION["session_options"], contract_options=options
    )
    return contract.check(deepcopy(graph), verbose=False)


def _forbidden_import(options: dict[str, Any], graph: grimp.ImportGraph) -> tuple[str, str]:
    """An importer and an imported module that the contract keeps apart."""
    match options["type"]:
        case "layers":
            layers = (
                [
                    [
                        f"{container}.{name}"
                        for name in _names(layer)
                        if f"{container}.{name}" in graph.modules
                    ]
                    for container in options["containers"]
                    for layer in options["layers"]
                ]
                if "containers" in options
                else [_names(layer) for layer in options["layers"]]
            )
            present = [layer for layer in layers if layer]
            return present[-1][0], present[0][0]
        case "independence":
            first, second, *_ = sorted(_expanded(options["modules"], graph))
            return first, second
        case "forbidden":
            source = next(_expanded(options["source_modules"], graph))
            return source, next(_expanded(options["forbidden_modules"], graph))
        case _:
            return next(_reversed_sibling_imports(graph))


def _names(layer: str) -> list[str]:
    return re.findall(r"\w+", layer)


def _expanded(expressions: list[str], graph: grimp.ImportGraph) -> Iterator[str]:
    """Each `*` stands for one name, as in import-linter."""
    for expression in expressions:
        pattern = re.compile(re.escape(expression).replace(r"\*", r"[^.]+"))
        yield from sorted(module for module in graph.modules if pattern.fullmatch(module))


def _reversed_sibling_imports(graph: grimp.ImportGraph) -> Iterator[tuple[str, str]]:
    """Imports between two modules of one package, turned round: together with the original each is a circle."""
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            if importer.rpartition(".")[0] == imported.rpartition(".")[0] != "":
                yield imported, importer
