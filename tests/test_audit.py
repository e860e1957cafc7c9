"""`make audit` finds a planted secret and a forbidden licence, and never counts what it could not ask as clean."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from scripts import audit

ROOT = Path(__file__).parent.parent
RULES = tomllib.loads((ROOT / "requirements" / "audit.toml").read_text())


def answer(stdout: Any, stderr: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
    text = stdout if isinstance(stdout, str) else json.dumps(stdout)
    return subprocess.CompletedProcess([], code, text, stderr)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with an empty baseline and a harmless file."""
    baseline = json.loads((ROOT / ".secrets.baseline").read_text()) | {"results": {}}
    (tmp_path / ".secrets.baseline").write_text(json.dumps(baseline))
    (tmp_path / "harmless.py").write_text("print('hello')\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def test_a_planted_secret_is_found_by_file_and_line(tree: Path) -> None:
    planted = "-----BEGIN " + "EC PRIVATE KEY-----"
    (tree / "key.py").write_text(f'\nKEY = """{planted}\nMHcCAQEE\n"""\n')
    subprocess.run(["git", "add", "-A"], cwd=tree, check=True)
    report = audit.check_secrets(RULES, tree)
    assert (report.found, report.not_checked) == (["key.py:2: Private Key"], [])


def test_a_tree_without_secrets_is_clean(tree: Path) -> None:
    subprocess.run(["git", "add", "-A"], cwd=tree, check=True)
    report = audit.check_secrets(RULES, tree)
    assert (report.found, report.not_checked) == ([], [])


def test_the_documented_command_adds_a_finding_to_the_baseline_and_keeps_the_others(tree: Path) -> None:
    documented = re.search(
        r"`\.venv/bin/(detect-secrets scan [^`]+)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert documented is not None
    for file in ("first.py", "second.py"):
        (tree / file).write_text(f'password = "{file}-8f3kQz71"\n')
        subprocess.run(["git", "add", file], cwd=tree, check=True)
        command = documented[1].replace("FILE…", file).split()
        subprocess.run([audit.BIN / command[0], *command[1:]], cwd=tree, check=True)
    assert set(json.loads((tree / ".secrets.baseline").read_text())["results"]) == {"first.py", "second.py"}


def test_every_known_finding_is_explained_and_another_would_not_be() -> None:
    baseline = json.loads((ROOT / ".secrets.baseline").read_text())
    assert audit.unexplained(baseline, RULES["secrets"]) == []
    baseline["results"]["h5app/settings.py"] = []
    assert len(audit.unexplained(baseline, RULES["secrets"])) == 1


def test_a_forbidden_licence_is_found_also_of_a_package_from_npm() -> None:
    lock = {"packages": {"": {}, "node_modules/a": {"license": "SSPL-1.0"}, "node_modules/b": {}}}
    stated = [
        ("good", "MIT"),
        ("psycopg", "LGPL-3.0-only"),
        ("bad", "GNU Affero General Public License v3"),
        *audit.npm_licences(lock),
    ]
    assert audit.forbidden(stated, RULES["licences"]) == [
        "bad: GNU Affero General Public License v3",
        "a: SSPL-1.0",
        "b: UNKNOWN",
    ]


def test_what_we_install_has_allowed_licences() -> None:
    report = audit.check_licences(RULES)
    assert report.found == []
    assert int(report.checked.split()[0]) > 100


def test_a_vulnerability_is_found() -> None:
    report = audit.Report()
    pins = [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1"}]}, {"name": "b", "version": "2"}]
    audit.read_pip_audit(answer({"dependencies": pins}), report)
    audit.read_npm_audit("tests/peers", answer({"vulnerabilities": {"c": {"severity": "high"}}}), report)
    assert report.found == ["a 1: PYSEC-1", "tests/peers: c: high"]
    assert report.not_checked == []


@pytest.mark.parametrize(
    "pip",
    [
        answer("", "ConnectionError: no route to host", 1),
        answer("<html>blocked</html>", "", 1),
        answer({"dependencies": [{"name": "a", "skip_reason": "not found"}]}),
    ],
    ids=["silent", "not_json", "skipped"],
)
def test_a_source_that_does_not_answer_is_not_zero_vulnerabilities(
    pip: subprocess.CompletedProcess[str], capsys: pytest.CaptureFixture[str]
) -> None:
    report = audit.Report()
    audit.read_pip_audit(pip, report)
    audit.read_npm_audit(
        "tests/peers", answer({"statusCode": 405}, "audit endpoint returned an error", 1), report
    )
    assert report.found == []
    assert len(report.not_checked) == 2
    assert audit.conclude({"vulnerabilities": report}) == audit.NOT_CHECKED
    assert "0 found" not in capsys.readouterr().out
