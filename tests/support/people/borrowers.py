"""A borrower with an open line, and what a borrower does, over HTTP as h5app does it.

borrower = await borrow(bank)
order = await borrower.draw(2_000_000)
await borrower.repay(order.result["loan_id"], "part", 500_000)
await bank.prove()
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.calculation.draw_rules import DrawRules
from mock_partners.bank.core.calculation.terms import ServicingRules
from mock_partners.bank.core.credit import signing
from mock_partners.bank.core.credit.contract_terms import ContractTerms
from mock_partners.bank.core.credit.records import read_contract
from mock_partners.bank.core.credit.tables import (
    application,
    contract,
    contract_number,
    decision,
    source_answer,
)
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.records import position_of_loan, read_loan
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.verification.tables import evidence_used
from mock_partners.testing.people.personas import Person
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.contracts import CostTable
from partner_adapters.core_bank.drawdowns import AskDraw, Draw, DrawQuote
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import Loan, RepayKind
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.kit.values.clock import CHINA, ONE_DAY
from tests.support.houses.checkpoints import lived_once
from tests.support.houses.core import LI, TestBank, new_intent

PRODUCT = "sunshine_e_micro"
LIMIT_FEN = 8_000_000
RATE_PPM = 52_000
HOUSE_RULES = ServicingRules()
HOUSE_DRAW_RULES = DrawRules()
# The hash of the document that this borrower read, and of everything else about its signature.
DOCUMENT = "0" * 64
COST_TABLE = CostTable(
    version="1",
    annual_rate_ppm=RATE_PPM,
    sample_amount_fen=1_000_000,
    sample_months=12,
    sample_total_interest_fen=0,
    rows=[],
    default_rows=[],
    nothing_else={"zh": "无", "en": "None"},
    sha256="0" * 64,
)


@dataclass(frozen=True)
class Borrower:
    """One person with one line at `lyg`'s bank."""

    bank: TestBank
    who: Person
    customer_id: str
    account_id: str
    line_id: str

    async def line(self) -> Line:
        return await self.bank.client().lines.get(self.line_id)

    async def quote(
        self,
        amount_fen: int,
        months: int = 12,
        method: RepaymentMethod = "level_payment",
        due_day: int | None = None,
        ends_on: date | None = None,
    ) -> DrawQuote:
        ask = AskDraw(
            amount_fen=amount_fen, term_months=months, method=method, due_day=due_day, ends_on=ends_on
        )
        return await self.bank.client().drawdowns.quote(self.line_id, ask)

    def command(self, quote: DrawQuote, **other: Any) -> Draw:
        """The drawdown that this quote is for."""
        asked = {
            "amount_fen": quote.amount_fen,
            "term_months": quote.term_months,
            "method": quote.method,
            "quote_sha256": quote.sha256,
            "evidence": self.bank.evidence(self.who),
        }
        return Draw.model_validate(asked | other)

    async def draw(
        self,
        amount_fen: int,
        months: int = 12,
        method: RepaymentMethod = "level_payment",
        due_day: int | None = None,
    ) -> Order:
        """Quote, then draw."""
        quote = await self.quote(amount_fen, months, method, due_day)
        command = self.command(quote, due_day=due_day)
        return await self.bank.client().drawdowns.draw(self.line_id, command, new_intent())

    async def drawn(
        self, amount_fen: int, months: int = 12, method: RepaymentMethod = "level_payment"
    ) -> str:
        """Draw; returns the loan's id."""
        return (await self.draw(amount_fen, months, method)).result["loan_id"]

    async def loan(self, loan_id: str) -> Loan:
        return await self.bank.client().loans.get(loan_id)

    async def repay_quote(self, loan_id: str, kind: RepayKind, amount_fen: int | None = None) -> RepayQuote:
        ask = AskRepay(kind=kind, amount_fen=amount_fen)
        return await self.bank.client().repayments.quote(loan_id, ask)

    async def repay(self, loan_id: str, kind: RepayKind, amount_fen: int | None = None) -> Order:
        """Quote, then repay."""
        quote = await self.repay_quote(loan_id, kind, amount_fen)
        command = Repay(kind=kind, amount_fen=amount_fen, quote_sha256=quote.sha256)
        return await self.bank.client().repayments.repay(loan_id, command, new_intent())

    async def balance(self) -> int:
        return (await self.bank.client().accounts.get(self.account_id)).balance_fen


async def borrow(
    bank: TestBank,
    *,
    funds_fen: int = 0,
    limit_fen: int = LIMIT_FEN,
    rate_ppm: int = RATE_PPM,
    revolving: bool = True,
    rules: ServicingRules = HOUSE_RULES,
    draw_rules: DrawRules = HOUSE_DRAW_RULES,
    account: Account | None = None,
) -> Borrower:
    """李秀英 with an account holding `funds_fen`, and a line as a signed contract would have opened it.

    `account`: the account that she has opened before.
    """
    what = ("borrower", funds_fen, limit_fen, rate_ppm, revolving, repr(rules), repr(draw_rules))
    offer = {"limit_fen": limit_fen, "rate_ppm": rate_ppm}
    live = partial(_borrow, bank, account, funds_fen, offer, revolving, rules, draw_rules)
    customer_id, account_id, line_id = await lived_once(bank, what, live)
    return Borrower(bank, LI, customer_id, account_id, line_id)


async def _borrow(
    bank: TestBank,
    account: Account | None,
    funds_fen: int,
    offer: dict[str, int],
    revolving: bool,
    rules: ServicingRules,
    draw_rules: DrawRules,
) -> tuple[str, str, str]:
    account = account or await (bank.funded_account(LI, funds_fen) if funds_fen else bank.account(LI))
    customer = await bank.customer(LI)
    [consent_id] = await bank.consents(customer.customer_id, ["courts_inquiry"])

    def open_line(conn: Connection) -> str:
        contract_id = _signed_contract(
            conn, bank.context(), customer.customer_id, consent_id, offer, revolving, rules, draw_rules
        )
        return signing.open_line(
            conn, bank.context(), read_contract(conn, bank.context().bank_id, contract_id)
        )

    return customer.customer_id, account.account_id, await bank.store.write(open_line)


def _signed_contract(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    consent_id: str,
    offer: dict[str, int],
    revolving: bool,
    rules: ServicingRules,
    draw_rules: DrawRules,
) -> str:
    intent, application_id, contract_id = new_intent(), secrets.token_hex(16), secrets.token_hex(16)
    signing_intent = new_intent()
    orders.start(conn, ctx, kind="application", intent=intent, customer_id=customer_id, product_code=PRODUCT)
    orders.start(
        conn,
        ctx,
        kind="contract_signing",
        intent=signing_intent,
        customer_id=customer_id,
        product_code=PRODUCT,
    )
    ours = {"bank_id": ctx.bank_id, "application_id": application_id}
    conn.execute(
        insert(application).values(
            **ours,
            customer_id=customer_id,
            intent=intent,
            product_code=PRODUCT,
            amount_fen=offer["limit_fen"],
            term_months=12,
            method="level_payment",
            purpose="stock",
            consents={},
            state="signed",
            timeline=[],
            created_at=ctx.now,
        )
    )
    conn.execute(
        insert(source_answer).values(
            **ours,
            source="courts",
            as_of=ctx.today,
            facts={},
            sha256="0" * 64,
            consent_id=consent_id,
            asked_at=ctx.now,
        )
    )
    conn.execute(
        insert(decision).values(
            **ours,
            **offer,
            number=1,
            outcome="approved",
            line_months=36,
            reasons=[],
            decided_by="machine",
            decided_at=ctx.now,
            product_version=2,
            product_sha256="0" * 64,
            lpr_ppm=30_000,
            facts_sha256="0" * 64,
            trace={},
        )
    )
    conn.execute(insert(contract_number).values(bank_id=ctx.bank_id, year=ctx.today.year, last=1))
    terms = ContractTerms(
        product_name={"zh": "阳光E贷-小微经营贷", "en": "Sunshine E-Loan for small business"},
        purpose={"zh": "进货", "en": "Stock"},
        lpr_ppm=30_000,
        min_reading_seconds=0,
        revolving=revolving,
        min_draw_fen=100_000,
        step_fen=10_000,
        tenors_months=[3, 6, 12],
        methods=["level_payment", "equal_principal", "interest_first", "on_demand"],
        servicing=rules,
        draw_rules=draw_rules,
    )
    conn.execute(
        insert(contract).values(
            **ours,
            **offer,
            contract_id=contract_id,
            number=f"{ctx.today.year}-0001",
            customer_id=customer_id,
            state="signed",
            product_code=PRODUCT,
            starts_on=ctx.today,
            ends_on=ctx.today.replace(year=ctx.today.year + 3),
            offer_until=ctx.today,
            terms=terms.dump(),
            cost_table=COST_TABLE.model_dump(mode="json"),
            signing_intent=signing_intent,
            evidence_digest=DOCUMENT,
            document_sha256=DOCUMENT,
            signed_prefix_sha256=DOCUMENT,
            signed_sha256=DOCUMENT,
            signed_at=ctx.now,
            created_at=ctx.now,
        )
    )
    conn.execute(
        insert(evidence_used).values(
            bank_id=ctx.bank_id,
            intent=signing_intent,
            action="contract_signing",
            customer_id=customer_id,
            digest=DOCUMENT,
            issuer="https://gov-app/lyg",
            subject="a subject",
            auth_time=ctx.wall,
            used_at=ctx.now,
            document_sha256=DOCUMENT,
        )
    )
    orders.succeed(conn, ctx, intent, {"application_id": application_id})
    orders.succeed(conn, ctx, signing_intent, {"contract_id": contract_id})
    return contract_id


def go_to(bank: TestBank, day: date) -> None:
    """Ten in the morning of `day`, no day closed on the way."""
    bank.clock.advance(datetime.combine(day, time(10), CHINA) - bank.clock.now())


async def live(bank: TestBank, until: date) -> None:
    """Day after day to `until`, each closed in the morning after it."""
    while bank.clock.today() < until:
        go_to(bank, bank.clock.today() + timedelta(days=1))
        await close_days(bank.core)


async def in_step(bank: TestBank) -> None:
    """What every loan's row says is what follows from its terms and payments, up to the day it is closed through."""

    def check(conn: Connection) -> None:
        for bank_id, loan_id in conn.execute(select(loan.c.bank_id, loan.c.loan_id)).all():
            record = read_loan(conn, bank_id, loan_id)
            if record.state == "settled":
                assert position_of_loan(conn, record, bank.clock.today()).owed.total_fen == 0
                continue
            assert record.booked == position_of_loan(conn, record, record.closed_through + ONE_DAY).owed

    await bank.store.read(check)


async def books_hold(bank: TestBank) -> None:
    """Every test that moves money ends here."""
    await bank.prove()
    await in_step(bank)
