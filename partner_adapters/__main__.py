"""`python -m partner_adapters check FILE [PARTNER] [--live]`: check the partners' file and describe each
partner.

With `--live` it also calls the hosts. Exit status: 0 without a fault, 1 with faults (each names its
configuration key), 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.partners.check.describe import describe
from partner_adapters.partners.check.probe import probe
from partner_adapters.partners.file import ConfigurationError, load_partners
from partner_adapters.partners.partner import Partner


def main(arguments: Sequence[str]) -> int:
    # PARTNER may come after the options too.
    return run(_parser().parse_intermixed_args(arguments))


def run(asked: argparse.Namespace) -> int:
    """Check the file, and with `live` the hosts. Return the exit status."""
    try:
        partners = load_partners(asked.file)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 1
    if asked.partner is not None and asked.partner not in partners:
        print(f"partners.{asked.partner}: is not in {asked.file}", file=sys.stderr)
        return 1
    chosen = [partners[asked.partner]] if asked.partner else list(partners.values())
    sound = True
    for partner in chosen:
        print("\n".join(describe(partner)))
        if asked.live:
            sound = asyncio.run(_live(partner, asked.base_url)) and sound
        print()
    return 0 if sound else 1


async def _live(partner: Partner, base_url: str) -> bool:
    sound = True
    print("  Tried against the host now")
    async for finding in probe(partner, SystemClock(), base_url):
        sign = "FAULT" if not finding.ok else "WARNING" if finding.warns else "ok"
        print(f"    {sign}: partners.{partner.id}.identity.{finding.key}: {finding.text}")
        sound = sound and finding.ok
    return sound


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m partner_adapters")
    parser.add_argument("command", choices=["check"], help="check a file and describe each partner")
    add_arguments(parser)
    return parser


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `run` needs."""
    parser.add_argument("file", type=Path, help="the TOML file of the partners")
    parser.add_argument("partner", nargs="?", help="only this partner")
    parser.add_argument("--live", action="store_true", help="also call the hosts; no customer is logged in")
    parser.add_argument(
        "--base-url", default="https://sunbridge.invalid", help="our public address, for the redirect URI"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
