"""The bank's API for how things stand: the state of each object of the customers who let this partner know."""

from __future__ import annotations

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.events import MOST_ITEMS, Status, StatusObject
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.web.calls.json_client import segment


class StatusList(Wire):
    """Statuses in the order in which their objects began. `next` is what to ask `after`, and null at the end."""

    items: list[Status]
    next: str | None


class Statuses:
    """`GET /statuses`, `GET /statuses/{object}/{id}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def list(
        self,
        *,
        of: StatusObject | None = None,
        external_reference: str = "",
        order: str = "",
        after: str = "",
        limit: int = MOST_ITEMS,
    ) -> StatusList:
        """Return a part of the statuses. `order`: the reference of the order that made the objects."""
        asked = {
            "object": of or "",
            "external_reference": external_reference,
            "order": order,
            "after": after,
            "limit": str(limit),
        }
        given = {name: value for name, value in asked.items() if value}
        return await self._calls.get("/statuses", StatusList, params=given)

    async def get(self, of: StatusObject, object_id: str) -> Status:
        """Return one status. Problem 404 `status.unknown`, also without the customer's consent."""
        return await self._calls.get(f"/statuses/{of}/{segment(object_id)}", Status)
