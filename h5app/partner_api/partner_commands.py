"""`sunbridge partner check|new|keys`: the platform's own commands, which the SDK's command finds by its entry point."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from h5app.partner_api import key_commands
from h5app.partner_api.settings import load_settings
from h5app.settings import SettingsError
from partner_adapters import __main__ as checking
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private
from partner_adapters.partners.file import ConfigurationError

# The page of each dialect begins with a block that is ready to be changed.
PAGES = Path(__file__).parents[2] / "docs" / "partners"
DIALECTS = ("oidc", "oauth2", "ticket", "sealed", "assertion")
_BLOCK = re.compile(r"^```toml\n(\[partners\.(\w+)\]\n.*?)^```$", re.DOTALL | re.MULTILINE)


def add_commands(commands: Any) -> None:
    """Add `partner` to the commands of `sunbridge`."""
    own = commands.add_parser("partner", help="set a partner up: its block and its keys (of the platform)")
    partner = own.add_subparsers(metavar="COMMAND", required=True)
    check = partner.add_parser("check", help="check a file of partners and describe each")
    checking.add_arguments(check)
    check.set_defaults(run=checking.run)
    new = partner.add_parser("new", help="print an example block, ready to be changed")
    new.add_argument("id", type=_partner_id, help="the partner's id, which begins its addresses")
    new.add_argument("--dialect", choices=DIALECTS, required=True, help="docs/partners/README.md lists them")
    new.set_defaults(run=_print_block)
    keys = partner.add_parser("keys", help="make, list and end a partner's keys")
    key_commands.add_commands(keys)
    keys.set_defaults(run=_run_keys)


def example_block(partner: str, dialect: str) -> str:
    """Return the first example of the dialect's page, under another id. Its key files are named after the id."""
    found = _BLOCK.search((PAGES / f"{dialect}.md").read_text("utf-8"))
    assert found is not None, f"{dialect}.md begins with a block"
    return re.sub(rf"(?<=\[partners\.){found[2]}\b|(?<=keys/){found[2]}\b", partner, found[1])


def _print_block(asked: argparse.Namespace) -> int:
    sys.stdout.write(example_block(asked.id, asked.dialect))
    return 0


def _run_keys(asked: argparse.Namespace) -> int:
    keep_private()
    try:
        return key_commands.run(load_settings(), asked)
    except (SettingsError, ConfigurationError, DatabaseRefused) as error:
        print(error, file=sys.stderr)
        return 1


def _partner_id(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", text):
        raise argparse.ArgumentTypeError(
            "has lower-case letters, digits and hyphens, and begins with a letter"
        )
    return text
