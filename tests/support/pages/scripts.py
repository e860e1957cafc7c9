"""A bank that has an answer for everything a person with an account, a line and a loan may open."""

from __future__ import annotations

from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.authorisations import AuthorisationList
from partner_adapters.core_bank.cases import CaseList
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.customer_messages import CustomerMessageList
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.core_bank.products import ProductList
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.pages import samples

CREDIT_PAGES = (
    "/credit",
    "/credit/calculator",
    "/credit/sunshine_e_micro",
    "/apply/sunshine_e_micro/amount",
    "/applications/ap-1",
    "/applications/ap-0",
    "/contracts/ct-1",
    "/contracts/ct-1/costs",
    "/lines/ln-1",
    "/lines/ln-1/draw",
    "/lines/ln-1/draw?amount=20000&term=12&method=level_payment",
    "/loans",
    "/loans/lo-1",
    "/loans/lo-1/repay",
    "/loans/lo-1/repay?kind=part&amount=5000",
    "/loans/lo-1/repay-by-card?kind=part&amount=5000",
    "/me",
    "/me/contracts",
    "/me/consents",
    "/me/consents/cs-credit_bureau_inquiry",
    "/me/data",
    "/me/messages",
    "/me/address",
    "/me/address?saved=yes",
    "/me/notifications",
    "/me/notifications?saved=yes",
    "/me/help",
    "/me/complaints",
    "/me/complaints/search",
    "/me/cases/ca-1",
    "/about",
    "/me/display",
)
BANKING_PAGES = (
    "/",
    "/account",
    "/account/raise",
    "/limits",
    "/limits?each=1000&day=",
    "/account/freeze",
    "/account/close",
    "/top-up",
    "/top-up?amount=100",
    "/withdraw",
    "/withdraw?amount=100",
    "/entries",
    "/entries?counterparty=银行&direction=in&least=1万&first=20261101&last=20261130",
    "/entries?cursor=7&kind=drawdown",
    "/entries/en-1",
    "/orders/in-1",
    "/orders/in-2",
    "/orders/in-3",
    "/leave",
)
# Answered with an error, and a page that says what to do.
WRONG_PAGES = (
    "/lines/ln-1/draw?amount=&term=7",
    "/loans/lo-1/repay?kind=part&amount=x",
    "/entries?amount=x&first=20261102&last=20261101",
    "/applications/ap-7",
    "/orders/in-7",
    "/nowhere",
)


def everything(core: ScriptedCore) -> None:
    core.says("GET", "/customers/cu-1/overview", samples.busy_overview())
    core.says("GET", "/products", ProductList(items=[samples.product()]))
    core.says("GET", "/products/sunshine_e_micro", samples.product())
    core.says("POST", "/products/sunshine_e_micro/examples", samples.worked_example())
    core.says("GET", "/customers/cu-1/eligibility/sunshine_e_micro", samples.eligibility())
    purposes = ("credit_bureau_inquiry", "courts_inquiry", "share_with_bank")
    texts = [samples.consent_text(purpose) for purpose in purposes]
    core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    given = [samples.consent("credit_bureau_inquiry")]
    core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    core.says("GET", "/customers/cu-1/authorisations", AuthorisationList(items=[samples.authorisation()]))
    core.says("GET", "/customers/cu-1/consents/cs-credit_bureau_inquiry", samples.consent_in_full())
    core.says("GET", "/applications/ap-1", samples.application())
    core.says("GET", "/applications/ap-0", samples.declined(application_id="ap-0"))
    core.says("GET", "/contracts/ct-1", samples.contract())
    core.says("GET", "/contracts/ct-1/document", b"%PDF-1.7 nothing")
    core.says("GET", "/contracts/ct-1/text", samples.contract_text())
    core.says("GET", "/lines/ln-1", samples.line(used_fen=2_000_000, available_fen=6_000_000))
    core.says("POST", "/lines/ln-1/quotes", samples.draw_quote())
    core.says("GET", "/loans/lo-1", samples.loan())
    core.says("POST", "/loans/lo-1/repayment-quotes", samples.repay_quote())
    core.says("POST", "/loans/lo-1/card-repayment-quotes", samples.card_repay_quote())
    core.says("GET", "/accounts/ac-1", samples.account())
    core.says("GET", "/accounts/ac-1/closing", samples.closing())
    core.says("POST", "/accounts/ac-1/withdrawal-quotes", samples.withdraw_quote())
    core.says(
        "GET",
        "/accounts/ac-1/entries",
        EntryPage(items=[samples.entry()], next_cursor="7", found=samples.found_entries()),
    )
    core.says("GET", "/accounts/ac-1/entries/en-1", samples.entry())
    core.says(
        "GET",
        "/customers/cu-1/messages",
        CustomerMessageList(items=[samples.message(), samples.reminder(), samples.reply()]),
    )
    core.says("GET", "/customers/cu-1/address", samples.address())
    core.says("POST", "/customers/cu-1/address", samples.address())
    core.says("GET", "/customers/cu-1/data", samples.customer_data())
    core.says("GET", "/customers/cu-1/text-messages", samples.text_messages())
    core.says("POST", "/customers/cu-1/text-messages", samples.text_messages())
    core.says("GET", "/customers/cu-1/cases", CaseList(items=[samples.complaint()]))
    core.says("GET", "/orders/in-1", samples.order("drawdown", amount_fen=2_000_000))
    core.says(
        "GET", "/orders/in-2", samples.order("top_up", intent="in-2", state="processing", amount_fen=10_000)
    )
    reason = OrderReason(code="card.insufficient_funds")
    failed = samples.order("top_up", intent="in-3", state="failed", amount_fen=10_000, reason=reason)
    core.says("GET", "/orders/in-3", failed)
