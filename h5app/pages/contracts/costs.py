"""`/contracts/{id}/costs`: 综合融资成本明示表, read for a minimum time that the server measures, confirmed, signed.

The time runs from when the signed intent was issued. A page sent too early keeps its intent, so the time goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.overview import own_contract_in_overview
from h5app.page import render
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.contracts import Contract, Sign
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.pages.forms import Form

OwnContract = tuple[Contract, Overview]


class Signing(ConfirmedAction[OwnContract, Sign]):
    """Sign a contract. Question, quote and confirmation are one page: the table of costs is the quote."""

    action = ACTIONS["contract_signing"]
    own_page = "contract"
    refusals = {"contract.not_read": "read"}
    gone = frozenset({"contract.offer_changed", "contract.not_ready"})
    command = Sign

    async def load(self, request: Request) -> OwnContract:
        return await own_contract_in_overview(request)

    def is_allowed(self, subject: OwnContract) -> bool:
        return may_see(self.action.page, subject[0])

    def find_stop(self, subject: OwnContract) -> StoppedAction | None:
        contract, overview = subject
        return overview.stop_of(self.action.kind, contract.product_code)

    def identity(self, subject: OwnContract) -> dict[str, Any]:
        """The very texts that were shown: the intent's age is how long they have been read."""
        return {
            "document_sha256": subject[0].document_sha256,
            "cost_table_sha256": subject[0].cost_table.sha256,
        }

    def open_intent(self, visit: Visit, subject: OwnContract, form: Form) -> Intent | None:
        # A contract that is being signed or is signed says so on its own page, which a second tap should reach.
        return super().open_intent(visit, subject, form) if self.is_allowed(subject) else None

    def refuse_stale(self, request: Request) -> Response:
        return self.leave(request)

    def checked_fen(self, subject: OwnContract, content: Mapping[str, Any]) -> int:
        return subject[0].limit_fen

    def read(self, visit: Visit, form: Form, subject: OwnContract, intent: Intent) -> dict[str, Any]:
        read_seconds = _seconds_read(visit, intent)
        form.ticked("read", "contract.not_confirmed")
        left_s = subject[0].min_reading_seconds - read_seconds
        if left_s > 0:
            form.fail("read", "contract.not_read", left=left_s)
        return self.identity(subject) | {"read_seconds": read_seconds}

    def form_page(self, request: Request, subject: OwnContract, form: Form) -> Response:
        visit, identity = visit_of(request), self.identity(subject)
        begun = self.open_intent(visit, subject, form)
        token = form.values[intents.FIELD] if begun else intents.issue(visit, self.action.kind, identity)
        read_seconds = _seconds_read(visit, begun) if begun else 0
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            contract=subject[0],
            form=form,
            intent=token,
            wait_seconds=max(subject[0].min_reading_seconds - read_seconds, 0),
            check=self.check_ahead(request, subject, identity),
        )

    async def send(self, visit: Visit, subject: OwnContract, command: Sign, key: str) -> Order:
        return await visit.core.contracts.sign(subject[0].contract_id, command, key)


def _seconds_read(visit: Visit, intent: Intent) -> int:
    return max(int((visit.now - intent.issued_at).total_seconds()), 0)
