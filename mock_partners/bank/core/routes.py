"""The map of the core's API, one line an endpoint."""

from __future__ import annotations

from mock_partners.bank.core.http import (
    accounts,
    customers,
    lending,
    notices,
    orders,
    origination,
    products,
    proof,
)
from mock_partners.bank.core.kernel import access, openapi
from mock_partners.bank.core.kernel.endpoint import Endpoint, Query
from mock_partners.bank.core.kernel.proof import ProofReport
from mock_partners.bank.core.orders.differences import FoundList
from partner_adapters.core_bank.accounts import Account, CardBin, Entry, EntryPage, OpenAccount
from partner_adapters.core_bank.applications import Application, Apply, AskReview
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheck, ConfirmCardCheck, SendAnotherCode
from partner_adapters.core_bank.consents import Consent, ConsentList, ConsentTexts, GiveConsents
from partner_adapters.core_bank.contracts import Contract, Sign
from partner_adapters.core_bank.customers import Customer, IdentityStatement, Overview
from partner_adapters.core_bank.lines import AskDraw, Draw, DrawQuote, Line
from partner_adapters.core_bank.loans import AskRepay, Loan, Repay, RepayQuote
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit, PreCredit
from partner_adapters.core_bank.products import Product, ProductList
from partner_adapters.core_bank.top_ups import TopUp

_PURPOSES: Query = {"purpose": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 10}}
_PAGE: Query = {"cursor": {"type": "string"}, "limit": {"type": "integer", "minimum": 1, "maximum": 100}}

ENDPOINTS = (
    Endpoint(
        "POST",
        "/oauth/token",
        access.token,
        access.Token,
        command=access.TokenRequest,
        access="client",
        refusal=access.TokenError,
    ),
    # customers
    Endpoint("POST", "/customers", customers.register, Customer, command=IdentityStatement),
    Endpoint("GET", "/customers/{customer_id}/overview", customers.show_overview, Overview),
    # consents
    Endpoint("GET", "/consent-texts", customers.consent_texts, ConsentTexts, query=_PURPOSES),
    Endpoint("GET", "/customers/{customer_id}/consents", customers.list_consents, ConsentList),
    Endpoint(
        "POST",
        "/customers/{customer_id}/consents",
        customers.give_consents,
        ConsentList,
        command=GiveConsents,
        status=201,
        intent=True,
    ),
    Endpoint("DELETE", "/customers/{customer_id}/consents/{consent_id}", customers.withdraw_consent, Consent),
    # the way without face
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks",
        customers.start_card_check,
        CardCheck,
        command=AskCardCheck,
        status=202,
        intent=True,
    ),
    Endpoint("GET", "/customers/{customer_id}/card-checks/{check_id}", customers.show_card_check, CardCheck),
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks/{check_id}/codes",
        customers.send_another_code,
        CardCheck,
        command=SendAnotherCode,
        status=202,
        intent=True,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks/{check_id}/confirm",
        customers.confirm_card_check,
        CardCheck,
        command=ConfirmCardCheck,
    ),
    # accounts
    Endpoint("GET", "/card-bins/{prefix}", accounts.card_bin, CardBin),
    Endpoint(
        "POST",
        "/customers/{customer_id}/accounts",
        accounts.open_account,
        Order,
        command=OpenAccount,
        status=202,
        intent=True,
    ),
    Endpoint("GET", "/accounts/{account_id}", accounts.show_account, Account),
    Endpoint("GET", "/accounts/{account_id}/entries", accounts.list_entries, EntryPage, query=_PAGE),
    Endpoint("GET", "/accounts/{account_id}/entries/{entry_id}", accounts.show_entry, Entry),
    Endpoint(
        "POST",
        "/accounts/{account_id}/top-ups",
        accounts.start_top_up,
        Order,
        command=TopUp,
        status=202,
        intent=True,
    ),
    # products
    Endpoint("GET", "/products", products.all_products, ProductList),
    Endpoint("GET", "/products/{code}", products.show, Product),
    # from the first offer to an open line
    Endpoint(
        "POST",
        "/customers/{customer_id}/pre-credit",
        origination.check_pre_credit,
        Order,
        command=CheckPreCredit,
        status=202,
        intent=True,
    ),
    Endpoint("GET", "/customers/{customer_id}/pre-credit", origination.show_pre_credit, PreCredit),
    Endpoint(
        "POST",
        "/customers/{customer_id}/applications",
        origination.apply,
        Order,
        command=Apply,
        status=202,
        intent=True,
    ),
    Endpoint("GET", "/applications/{application_id}", origination.show_application, Application),
    Endpoint(
        "POST",
        "/applications/{application_id}/review",
        origination.ask_review,
        Application,
        command=AskReview,
        intent=True,
    ),
    Endpoint("GET", "/contracts/{contract_id}", origination.show_contract, Contract),
    Endpoint("GET", "/contracts/{contract_id}/document", origination.contract_document, bytes),
    Endpoint(
        "POST",
        "/contracts/{contract_id}/signatures",
        origination.sign,
        Order,
        command=Sign,
        status=202,
        intent=True,
    ),
    Endpoint("GET", "/lines/{line_id}", origination.show_line, Line),
    # drawing and repaying
    Endpoint("POST", "/lines/{line_id}/quotes", lending.quote_draw, DrawQuote, command=AskDraw),
    Endpoint(
        "POST", "/lines/{line_id}/drawdowns", lending.draw, Order, command=Draw, status=201, intent=True
    ),
    Endpoint("GET", "/loans/{loan_id}", lending.show, Loan),
    Endpoint(
        "POST", "/loans/{loan_id}/repayment-quotes", lending.quote_repayment, RepayQuote, command=AskRepay
    ),
    Endpoint(
        "POST", "/loans/{loan_id}/repayments", lending.repay, Order, command=Repay, status=201, intent=True
    ),
    # orders
    Endpoint("GET", "/orders/{intent}", orders.show, Order),
    # notices of outside parties
    Endpoint(
        "POST", "/notices/card-network/{bank_id}", notices.receive, None, status=204, access="signature"
    ),
    # inside the bank
    Endpoint("GET", "/proof", proof.show, ProofReport, access="proof"),
    Endpoint("GET", "/differences", orders.differences, FoundList, access="proof"),
    Endpoint("GET", "/openapi.json", openapi.serve, None, access="open"),
)
