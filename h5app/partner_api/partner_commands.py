"""`sunbridge partner check|new|keys`: the platform's own commands, which the SDK's command finds by its entry point."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from h5app.partner_api import key_commands
from h5app.partner_api.settings import load_settings
from h5app.settings import SettingsError
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private
from partner_adapters.partners.check.commands import AnyOrder, add_check_and_new
from partner_adapters.partners.file import ConfigurationError


def add_commands(commands: Any) -> None:
    """Add `partner` to the commands of `sunbridge`."""
    own = commands.add_parser("partner", help="set a partner up: its block and its keys (of the platform)")
    partner = own.add_subparsers(metavar="COMMAND", required=True, parser_class=AnyOrder)
    add_check_and_new(partner)
    keys = partner.add_parser("keys", help="make, list and end a partner's keys")
    key_commands.add_commands(keys)
    keys.set_defaults(run=_run_keys)


def _run_keys(asked: argparse.Namespace) -> int:
    keep_private()
    try:
        return key_commands.run(load_settings(), asked)
    except (SettingsError, ConfigurationError, DatabaseRefused) as error:
        print(error, file=sys.stderr)
        return 1
