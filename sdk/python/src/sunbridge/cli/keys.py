"""`sunbridge keys new|show`: a key pair of your own. The private half never leaves this machine."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from sunbridge import _jose


def add_commands(commands: Any) -> None:
    keys = commands.add_parser("keys", help="make and show a key pair").add_subparsers(
        metavar="COMMAND", required=True
    )
    new = keys.add_parser("new", help="make a key pair and print the public half for the bank")
    new.add_argument("file", type=Path, help="where the private half goes; it must not exist")
    new.set_defaults(run=_new)
    show = keys.add_parser("show", help="print the public half again")
    show.add_argument("file", type=Path)
    show.set_defaults(run=_show)


def _new(asked: argparse.Namespace) -> int:
    pem = _jose.new_private_key()
    # Created for its owner alone, and never over another key.
    with open(os.open(asked.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    print(json.dumps(_jose.public_jwk(pem)))
    return 0


def _show(asked: argparse.Namespace) -> int:
    print(json.dumps(_jose.public_jwk(asked.file.read_bytes())))
    return 0
