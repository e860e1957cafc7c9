"""The map of the core's API, one line an endpoint."""

from __future__ import annotations

from mock_partners.core_bank import access, openapi, proof_routes
from mock_partners.core_bank.accounts import notices
from mock_partners.core_bank.accounts import routes as accounts
from mock_partners.core_bank.customers import routes as customers
from mock_partners.core_bank.endpoint import Endpoint, Query
from mock_partners.core_bank.orders import routes as orders
from mock_partners.core_bank.proof import ProofReport
from partner_adapters.core_bank.accounts import Account, CardBin, Entry, EntryPage, OpenAccount
from partner_adapters.core_bank.consents import Consent, ConsentList, ConsentTexts, GiveConsents
from partner_adapters.core_bank.customers import Customer, IdentityStatement, Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp

_PURPOSES: Query = {"purpose": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 10}}
_PAGE: Query = {"cursor": {"type": "string"}, "limit": {"type": "integer", "minimum": 1, "maximum": 100}}

ENDPOINTS = (
    Endpoint(
        "POST", "/oauth/token", access.token, access.Token, command=access.TokenRequest, access="client"
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
    # orders
    Endpoint("GET", "/orders/{intent}", orders.show, Order),
    # notices of outside parties
    Endpoint(
        "POST", "/notices/card-network/{bank_id}", notices.receive, None, status=204, access="signature"
    ),
    # inside the bank
    Endpoint("GET", "/proof", proof_routes.show, ProofReport, access="proof"),
    Endpoint("GET", "/openapi.json", openapi.serve, None, access="open"),
)
