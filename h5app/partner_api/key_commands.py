"""`python -m h5app.partner_api keys new|list|revoke`: what an operator does with the keys of partners."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from h5app.migrations import migrate
from h5app.partner_api import keys
from h5app.partner_api.keys import SCOPES, Key, KeyRefused
from h5app.partner_api.settings import PartnerApiSettings
from partner_adapters.kit.durable.store import Store
from partner_adapters.partners.file import load_partners

SANDBOX_ONLY = {"sandbox"}


def main(settings: PartnerApiSettings, arguments: list[str]) -> int:
    """Run one command. Return the exit status."""
    parser = argparse.ArgumentParser("python -m h5app.partner_api keys", description=__doc__)
    add_commands(parser)
    return run(settings, parser.parse_args(arguments))


def run(settings: PartnerApiSettings, options: argparse.Namespace) -> int:
    """Run the command that was parsed. Return the exit status."""
    migrate(settings.database_url)
    store = Store(settings.database_url)
    try:
        return _run(store, settings, options)
    except (KeyRefused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        store.close()


def _run(store: Store, settings: PartnerApiSettings, options: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    match options.command:
        case "new":
            return _new(store, settings, options, now)
        case "list":
            found = store.read_now(lambda conn: keys.list_of(conn, options.partner))
            _print([_told(key, now) for key in found], options.json)
            return 0
    ended = store.write_now(lambda conn: keys.revoke(conn, options.key_id, now))
    if not ended:
        print(f"no key is called {options.key_id}", file=sys.stderr)
        return 1
    _print([{"key_id": key_id, "state": "revoked"} for key_id in ended], options.json)
    return 0


def _new(store: Store, settings: PartnerApiSettings, options: argparse.Namespace, now: datetime) -> int:
    if options.partner not in load_partners(settings.config):
        raise KeyRefused(f"{settings.config} names no partner {options.partner}")
    mode = settings.partner_api_mode
    usual = [scope for scope in SCOPES if mode == "sandbox" or scope not in SANDBOX_ONLY]
    key = keys.make(
        options.partner,
        mode,
        options.scopes.split() if options.scopes else usual,
        now,
        label=options.label,
        jwk=options.jwk.read_text("utf-8") if options.jwk else None,
        expires_at=now + timedelta(days=options.days) if options.days else None,
    )

    def write(conn: Connection) -> None:
        own = [known.key_id for known in keys.list_of(conn, options.partner)]
        if options.replaces and options.replaces not in own:
            raise KeyRefused(f"{options.partner} has no key {options.replaces}")
        keys.write(conn, key)
        if options.replaces:
            keys.expire(conn, options.replaces, now + timedelta(hours=options.overlap_h))

    store.write_now(write)
    told = {"key_id": key.key_id, "mode": mode, "scopes": key.row["scopes"]}
    # The only time that it can be seen.
    _print([told | ({"secret": key.secret} if key.secret else {})], options.json)
    return 0


def _told(key: Key, now: datetime) -> dict[str, str]:
    state = "serves" if key.serves(now) else "revoked" if key.revoked_at else "expired"
    told = {"key_id": key.key_id, "partner": key.partner, "mode": key.mode, "kind": key.kind, "state": state}
    moments = {"created": key.created_at, "expires": key.expires_at, "last_used": key.last_used_at}
    told |= {name: at.isoformat(timespec="seconds") for name, at in moments.items() if at}
    return told | {"scopes": " ".join(sorted(key.scopes)), "label": key.label}


def _print(rows: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    for row in rows:
        print("\t".join(f"{name}={value}" for name, value in row.items()))


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add `new`, `list` and `revoke`."""
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="make a key, and show its secret once")
    new.add_argument("partner", help="the id of the partner's block")
    new.add_argument("--label", default="", help="what it is for")
    new.add_argument("--scopes", help="between spaces; without it, all")
    new.add_argument("--jwk", type=Path, metavar="FILE", help="the public key as JWK; needed in live mode")
    new.add_argument("--days", type=int, help="after how many days it expires")
    new.add_argument("--replaces", metavar="KEY_ID", help="the key that ends after the overlap")
    new.add_argument("--overlap-h", type=float, default=24, help="for how many hours both serve (24)")
    listing = commands.add_parser("list", help="list keys")
    listing.add_argument("partner", nargs="?")
    revoke = commands.add_parser("revoke", help="end a key at once, with the keys it rotated itself into")
    revoke.add_argument("key_id")
    for command in (new, listing, revoke):
        command.add_argument("--json", action="store_true")
