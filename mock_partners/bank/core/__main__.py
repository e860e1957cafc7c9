"""`python -m mock_partners.bank.core`: prints the API's OpenAPI document, as docs/openapi/core.json keeps it.

`python -m mock_partners.bank.core migrate URL`: brings a database to the newest schema, as the owner of its tables.
`python -m mock_partners.bank.core cases …`: lists and answers what people asked the bank's staff.
`python -m mock_partners.bank.core stop|start|switches …`: stops and starts actions, products, partners and parties.
`python -m mock_partners.bank.core freeze-account|lift-account …`: freezes an account for the bank, and lifts that.
`python -m mock_partners.bank.core confirm-date DATE`: confirms the business date after a leap of the clock.
`python -m mock_partners.bank.core products|parameters …`: changes products and parameters.
`python -m mock_partners.bank.core blacklist …`: keeps the bank's own list of whom it does not lend to.
"""

from __future__ import annotations

import json
import sys

from mock_partners.bank.core.http.openapi import document
from mock_partners.bank.core.migrations import migrate
from mock_partners.bank.core.routes import ENDPOINTS
from mock_partners.bank.core.staff_commands import accounts, blacklist, cases, changes, dates, switches
from partner_adapters.kit.durable.private_files import DatabaseRefused, keep_private


def main(arguments: list[str]) -> int:
    match arguments:
        case []:
            print(json.dumps(document(ENDPOINTS), indent=1, ensure_ascii=False, sort_keys=True))
            return 0
        case ["migrate", url]:
            return migrate_database(url)
        case ["cases", *rest]:
            return cases.main(rest)
        case ["stop" | "start" | "switches", *_]:
            return switches.main(arguments)
        case ["freeze-account" | "lift-account", *_]:
            return accounts.main(arguments)
        case ["products" | "parameters", *_]:
            return changes.main(arguments)
        case ["blacklist", *rest]:
            return blacklist.main(rest)
        case ["confirm-date", *rest]:
            return dates.main(rest)
    commands = (
        "migrate|cases|stop|start|switches|freeze-account|lift-account|confirm-date|products|parameters"
        "|blacklist"
    )
    print(f"usage: python -m mock_partners.bank.core [{commands} …]", file=sys.stderr)
    return 2


def migrate_database(url: str) -> int:
    """Run the missing steps. Return the exit status."""
    try:
        keep_private()
        migrate(url)
    except DatabaseRefused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
