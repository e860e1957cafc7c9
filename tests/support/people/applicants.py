"""A borrower on the way from consent to credit line, through the core's API."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mock_partners.testing.people.personas import Person
from partner_adapters.core_bank.applications import Application, Apply
from partner_adapters.core_bank.authorisations import Authorisation, FinishAuthorisation, StartAuthorisation
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.contracts import Contract, Sign
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit
from tests.support.houses.core import LI, TestBank, new_intent

YUAN = 100
PURPOSES = [
    "pre_credit_inquiry",
    "housing_fund_inquiry",
    "social_insurance_inquiry",
    "credit_bureau_inquiry",
    "courts_inquiry",
]
TAX_PURPOSES = [
    "tax_inquiry",
    "registry_inquiry",
    "warnings_inquiry",
    "credit_bureau_inquiry",
    "courts_inquiry",
]
# What `asking` needs for the tax product.
TAX_LOAN: dict[str, Any] = {"product_code": "tax_micro", "purpose": "stock"}


@dataclass(frozen=True)
class Borrower:
    """A customer with an account and the consents of the loan application."""

    bank: TestBank
    who: Person
    partner: str
    customer_id: str
    consent_ids: list[str]

    @property
    def client(self) -> CoreBank:
        return self.bank.client(self.partner)

    async def agree_again(self) -> Borrower:
        """The same customer after the consents to an application that ended were given anew."""
        ids = await self.bank.consents(self.customer_id, PURPOSES, self.partner)
        return replace(self, consent_ids=ids)

    def consent_to(self, purpose: str) -> str:
        """The id of one of the consents that `borrower` gave."""
        return self.consent_ids[PURPOSES.index(purpose)]

    async def check_list(self) -> Order:
        command = CheckPreCredit(consent_ids=self.consent_ids)
        return await self.client.pre_credit.check(self.customer_id, command, new_intent())

    def asking(self, **other: Any) -> Apply:
        asked: dict[str, Any] = {
            "product_code": "sunshine_e_micro",
            "amount_fen": 20_000 * YUAN,
            "term_months": 12,
            "method": "level_payment",
            "purpose": "farming_supplies",
            "consent_ids": self.consent_ids,
        }
        return Apply.model_validate(asked | other)

    async def apply(self, intent: str | None = None, **other: Any) -> Order:
        return await self.client.applications.submit(
            self.customer_id, self.asking(**other), intent or new_intent()
        )

    async def decided(self, **other: Any) -> Application:
        """Applied, and worked on until nothing is left to do."""
        order = await self.apply(**other)
        await self.bank.work()
        return await self.client.applications.get(order.result["application_id"])

    async def contract(self, **other: Any) -> Contract:
        """The contract of an approved application, ready to be signed."""
        application = await self.decided(**other)
        assert application.contract_id is not None, application
        return await self.client.contracts.get(application.contract_id)

    def signature(self, contract: Contract, **other: Any) -> Sign:
        said: dict[str, Any] = {
            "document_sha256": contract.document_sha256,
            "cost_table_sha256": contract.cost_table.sha256,
            "read_seconds": 30,
            "evidence": self.bank.evidence(self.who, self.partner),
        }
        return Sign.model_validate(said | other)

    async def sign(self, contract: Contract, intent: str | None = None, **other: Any) -> Order:
        return await self.client.contracts.sign(
            contract.contract_id, self.signature(contract, **other), intent or new_intent()
        )

    async def line_id(self, **other: Any) -> str:
        """An open line: applied, approved, signed."""
        order = await self.sign(await self.contract(**other))
        await self.bank.work()
        return (await self.client.orders.get(order.intent)).result["line_id"]


async def borrower(bank: TestBank, who: Person = LI, partner: str = "lyg") -> Borrower:
    """A new customer who has opened an account and agreed to every inquiry."""
    await bank.account(who, partner)
    customer = await bank.customer(who, partner)
    ids = await bank.consents(customer.customer_id, PURPOSES, partner)
    return Borrower(bank, who, partner, customer.customer_id, ids)


async def tax_borrower(bank: TestBank, who: Person, partner: str = "lyg") -> Borrower:
    """A new customer with an account and all that an application for the tax product needs (`TAX_LOAN`)."""
    await bank.account(who, partner)
    customer = await bank.customer(who, partner)
    ids = await bank.consents(customer.customer_id, TAX_PURPOSES, partner)
    await authorise(bank, customer.customer_id, who, partner)
    return Borrower(bank, who, partner, customer.customer_id, ids)


async def authorise(bank: TestBank, customer_id: str, who: Person, partner: str = "lyg") -> Authorisation:
    """The customer authorises the bank at the tax bureau's page, where `who` signs in, and comes back."""
    back = await sent_back(bank, customer_id, who, partner)
    return await bank.client(partner).authorisations.finish(customer_id, back)


async def sent_back(
    bank: TestBank, customer_id: str, who: Person, partner: str = "lyg", outcome: str = "agree"
) -> FinishAuthorisation:
    """What the tax bureau sends the customer back with."""
    asked = StartAuthorisation(source="tax")
    started = await bank.client(partner).authorisations.start(customer_id, asked, new_intent())
    page = await bank.http.send("GET", started.url, repeatable=True)
    code = re.findall(r"验证码是 (\d{6})", page.text)[0]
    form = {"id_number": who.id_number, "code": code, "outcome": outcome}
    answer = await bank.http.send("POST", started.url, repeatable=False, data=form)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return FinishAuthorisation.model_validate({name: values[0] for name, values in query.items()})
