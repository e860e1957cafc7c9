"""The commands `check` and `new`, for `python -m partner_adapters` and for `sunbridge partner`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.partners.check import against_core, core_token
from partner_adapters.partners.check.against_core import CoreClient, load_core
from partner_adapters.partners.check.describe import describe
from partner_adapters.partners.check.findings import Finding, as_findings, as_json
from partner_adapters.partners.check.new import DIALECTS, NotWritten, write_block
from partner_adapters.partners.check.probe import Trial, run
from partner_adapters.partners.file import ConfigurationError, load_partners
from partner_adapters.partners.partner import Partner

NOWHERE = "https://sunbridge.invalid"
Clients = Mapping[str, CoreClient]


class AnyOrder(argparse.ArgumentParser):
    """A parser that accepts PARTNER after the options too."""

    _is_inside = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        # `parse_known_intermixed_args` calls this method again, for its two passes.
        # argparse cannot do so with subcommands.
        if self._is_inside or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._is_inside = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_inside = False


def add_check_and_new(commands: Any) -> None:
    """Add `check` and `new`. Each has the default `run`, from the parsed arguments to an exit status."""
    check = commands.add_parser("check", help="check a file and describe each partner")
    check.add_argument("file", type=Path, help="the TOML file of the partners")
    check.add_argument("partner", nargs="?", help="only this partner")
    check.add_argument(
        "--core",
        type=Path,
        help="a TOML file with the core's [[clients]], to compare each partner's block with",
    )
    check.add_argument(
        "--live", action="store_true", help="also call the hosts and the core; no customer is logged in"
    )
    check.add_argument("--base-url", default=NOWHERE, help="our public address, for the redirect URI")
    check.add_argument("--json", action="store_true", help="print the findings as JSON")
    check.set_defaults(run=_check)
    new = commands.add_parser("new", help="write a block to edit, for a new partner")
    new.add_argument("id", help="the partner's id, the first part of its addresses")
    new.add_argument("--dialect", required=True, choices=DIALECTS, help="how the host logs customers in")
    new.add_argument("--file", type=Path, help="where the block goes; it must not exist (default: ID.toml)")
    new.add_argument("--json", action="store_true", help="print the places to fill in as JSON")
    new.set_defaults(run=_new)


def _check(asked: argparse.Namespace) -> int:
    try:
        partners = load_partners(asked.file)
        if asked.partner is not None and asked.partner not in partners:
            raise ConfigurationError(asked.file, [f"partners.{asked.partner}: is not in this file"])
        clients = load_core(asked.core) if asked.core else None
    except ConfigurationError as error:
        if asked.json:
            print(as_json({"sound": False, "findings": as_findings(error.faults)}))
        else:
            print(error, file=sys.stderr)
        return 1
    chosen = [partners[asked.partner]] if asked.partner else list(partners.values())
    everything: list[dict[str, str]] = []
    sound = True
    for partner in chosen:
        if not asked.json:
            print("\n".join(describe(partner)))
        found = asyncio.run(_findings(partner, clients, asked))
        everything += [finding.document(partner.id) for finding in found]
        sound = sound and all(finding.ok for finding in found)
        if not asked.json:
            print()
    if asked.json:
        print(as_json({"sound": sound, "findings": everything}))
    return 0 if sound else 1


async def _findings(partner: Partner, clients: Clients | None, asked: argparse.Namespace) -> list[Finding]:
    """Return all findings about one partner, and print each as soon as it is known."""
    found: list[Finding] = []

    def tell(finding: Finding) -> None:
        found.append(finding)
        if not asked.json:
            print(f"    {finding.line(partner.id)}")

    def head(text: str) -> None:
        if not asked.json:
            print(f"  {text}")

    trial = Trial(partner, SystemClock(), asked.base_url) if asked.live else None
    try:
        if trial is not None:
            head("Tried against the host now")
            async for finding in run(trial):
                tell(finding)
            head("Tried against the core now")
            for finding in await core_token.try_token(partner, trial.http):
                tell(finding)
        if clients is not None:
            head("Compared with the core's file")
            for finding in against_core.compare(partner, clients, trial.metadata if trial else None):
                tell(finding)
    finally:
        if trial is not None:
            await trial.aclose()
    return found


def _new(asked: argparse.Namespace) -> int:
    file: Path = asked.file or Path(f"{asked.id}.toml")
    try:
        places = write_block(file, asked.id, asked.dialect)
    except NotWritten as error:
        print(error, file=sys.stderr)
        return 1
    if asked.json:
        print(as_json({"file": str(file), "fill": places}))
        return 0
    print(f"{file} is written. Fill in these places:")
    for key, what in places.items():
        print(f"  {key}: {what}")
    print(f"Then try it: make demo PARTNER={file}")
    return 0
