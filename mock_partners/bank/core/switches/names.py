"""Everything that has a switch at a bank, and what never has one."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.actions import ACTIONS
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import PARTIES
from mock_partners.bank.core.products.catalogue import all_offered
from partner_adapters.core_bank.switches import SwitchKind
from partner_adapters.kit.values.problems import Problem

# Beside the actions whose rows say so.
NEVER_STOPPED = ("complaint",)


@dataclass(frozen=True)
class SwitchName:
    """One name that an operator may say."""

    kind: SwitchKind
    name: str
    stoppable: bool = True


def all_names(conn: Connection, ctx: Context) -> list[SwitchName]:
    """Return every name: actions, products, partners, outside parties, each kind in its order."""
    ordered = [action for action in ACTIONS if action.ordered]
    partners = [partner for bank_id, partner in ctx.settings.client if bank_id == ctx.bank_id]
    return [
        *(SwitchName("action", action.kind, action.stoppable) for action in ordered),
        *(SwitchName("action", name, stoppable=False) for name in NEVER_STOPPED),
        *(SwitchName("product", product.code) for product in all_offered(conn, ctx.bank_id, ctx.today)),
        *(SwitchName("partner", partner) for partner in sorted(partners)),
        *(SwitchName("party", party) for party in PARTIES),
    ]


def require_stoppable(conn: Connection, ctx: Context, kind: str, name: str) -> SwitchName:
    """Return the name. Problems 404 `switch.unknown`, 409 `switch.never_stopped`."""
    for known in all_names(conn, ctx):
        if (known.kind, known.name) == (kind, name):
            if not known.stoppable:
                raise Problem(409, "switch.never_stopped", "customers have a right to it")
            return known
    raise Problem(404, "switch.unknown")
