"""`python -m partner_adapters check FILE [PARTNER] [--live]`: is the partners' file sound, and does it work?

Exit status: 0 all is well, 1 something is wrong (each fault names its key), 2 the command was not understood.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.partners.check.describe import explain
from partner_adapters.partners.check.probe import try_out
from partner_adapters.partners.file import ConfigurationError, load_partners
from partner_adapters.partners.partner import Partner


def main(arguments: Sequence[str]) -> int:
    # So that PARTNER may stand behind the options too.
    asked = _parser().parse_intermixed_args(arguments)
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
        print("\n".join(explain(partner)))
        if asked.live:
            sound = asyncio.run(_live(partner, asked.base_url)) and sound
        print()
    return 0 if sound else 1


async def _live(partner: Partner, base_url: str) -> bool:
    sound = True
    print("  Tried just now")
    async for finding in try_out(partner, SystemClock(), base_url):
        sign = "good" if finding.good else "WRONG"
        print(f"    {sign}: partners.{partner.id}.identity.{finding.key}: {finding.words}")
        sound = sound and finding.good
    return sound


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m partner_adapters")
    parser.add_argument("command", choices=["check"], help="read and explain a file")
    parser.add_argument("file", type=Path, help="TOML file of the partners")
    parser.add_argument("partner", nargs="?", help="only this one")
    parser.add_argument("--live", action="store_true", help="try it against the hosts; nobody is logged in")
    parser.add_argument(
        "--base-url", default="https://sunbridge.invalid", help="our own address, for the redirect URI"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
