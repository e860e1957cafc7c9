"""A customer's own copy of what the bank and these pages hold: one file for people, one for machines.

The bank masks what it hands out and bounds each list (`partner_adapters/core_bank/customer_data.py`). Forms that wait
are counted and not copied: a card's number may stand in one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from starlette.requests import Request

from h5app import sessions
from h5app.page import environment
from h5app.services import Access, services_of
from h5app.sessions import Login
from h5app.tables import drafts
from h5app.visit import visit_of
from partner_adapters.core_bank.customer_data import CustomerData
from partner_adapters.kit.values.texts import Text
from partner_adapters.partners.partner import Partner

FORMAT = "sunbridge-own-data-1"


@dataclass(frozen=True)
class OwnData:
    """What the bank holds, and what these pages hold: the logins at this partner and the forms that wait."""

    partner: Partner
    partners: Mapping[str, Access]
    products: Mapping[str, Text]
    held: CustomerData
    logins: Sequence[Login]
    waiting_forms: int

    def name_of(self, partner: str) -> Text:
        """Return a partner's name, or its id where it is configured no more."""
        access = self.partners.get(partner)
        return access.partner.name if access else {"zh": partner}

    def name_of_product(self, code: str) -> Text:
        """Return a product's name, or its code where the bank offers it no more."""
        return self.products.get(code, {"zh": code})


async def as_json(request: Request, ids: Sequence[str]) -> bytes:
    """Return the copy as JSON. `ids`: the customer, and the language of the other file."""
    own = await _read(request, ids[0])
    content: dict[str, Any] = {
        "format": FORMAT,
        "app": own.partner.name,
        "bank": own.partner.bank_name,
        "held_by_bank": own.held.model_dump(mode="json"),
        "logins": [asdict(login) for login in own.logins],
        "waiting_forms": own.waiting_forms,
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()


async def as_page(request: Request, ids: Sequence[str]) -> bytes:
    """Return the copy as a page to read, which needs nothing beside itself."""
    customer_id, lang = ids
    own = await _read(request, customer_id)
    return environment(lang).get_template("me/own_data.html").render(own=own, held=own.held).encode()


async def _read(request: Request, customer_id: str) -> OwnData:
    visit, services = visit_of(request), services_of(request)
    own = [drafts.c.partner == visit.partner.id, drafts.c.customer_id == customer_id]
    waiting = select(func.count()).where(*own)
    held, products, logins, waiting_forms = await asyncio.gather(
        visit.core.data.get(customer_id),
        visit.core.products.all(),
        sessions.list_logins(services, visit.partner.id, customer_id),
        services.store.read(lambda conn: conn.execute(waiting).scalar_one()),
    )
    names = {product.code: product.name for product in products}
    return OwnData(visit.partner, services.partners, names, held, logins, waiting_forms)
