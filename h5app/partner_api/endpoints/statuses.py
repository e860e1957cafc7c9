"""Reads of how things stand: orders by our reference or the partner's, applications, contracts, lines, loans, accounts.

The bank tells only of customers who gave this partner the consent `partner_status`, while that stands.
"""

from __future__ import annotations

from functools import partial

from pydantic import Field

from h5app.partner_api.core_reads import Status, as_bank, shown
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.wire import ExternalReference, Page, Wire
from partner_adapters.core_bank.events import StatusObject

# The path of each object's list.
LISTS: dict[StatusObject, str] = {
    "order": "orders",
    "application": "applications",
    "contract": "contracts",
    "line": "lines",
    "loan": "loans",
    "account": "accounts",
}
# What an order can have made.
MADE_BY_ORDERS = ("application", "contract", "line", "loan")


class StatusList(Wire):
    """In the order in which the objects were first told."""

    items: list[Status]
    next: str | None


class OrderQuery(Page):
    external_reference: ExternalReference | None = None


class MadeQuery(OrderQuery):
    order: str | None = Field(default=None, pattern=r"^[0-9A-Za-z-]{1,32}$")
    """The reference of the order that made the object."""


async def list_statuses(of: StatusObject, call: Call) -> StatusList:
    """Return a page of the objects of this kind."""
    asked = call.asked(OrderQuery)
    with as_bank():
        found = await call.access.core.statuses.list(
            of=of,
            external_reference=asked.external_reference or "",
            order=(asked.order or "") if isinstance(asked, MadeQuery) else "",
            after=asked.after or "",
            limit=asked.limit,
        )
    return StatusList(items=[shown(status) for status in found.items], next=found.next)


async def show_status(of: StatusObject, call: Call) -> Status:
    """Return one object."""
    (object_id,) = call.ids.values()
    with as_bank():
        return shown(await call.access.core.statuses.get(of, object_id))


def _rows(of: StatusObject, path: str) -> list[Endpoint]:
    name = "reference" if of == "order" else f"{of}_id"
    return [
        Endpoint(
            "GET",
            f"/{path}",
            f"{path}_list",
            f"List the {path} that you may know of.",
            StatusList,
            partial(list_statuses, of),
            scope="status:read",
            query=MadeQuery if of in MADE_BY_ORDERS else OrderQuery,
        ),
        Endpoint(
            "GET",
            f"/{path}/{{{name}}}",
            f"{path}_get",
            f"Show one of the {path} that you may know of.",
            Status,
            partial(show_status, of),
            scope="status:read",
            unknown="status.unknown",
        ),
    ]


ENDPOINTS = [row for of, path in LISTS.items() for row in _rows(of, path)]
