"""The map of the core's API, one row an endpoint."""

from __future__ import annotations

from mock_partners.bank.core.account_services import address, opening, phone
from mock_partners.bank.core.cases import answering, closing, complaints
from mock_partners.bank.core.cases import wire as cases
from mock_partners.bank.core.credit import applications, eligibility, pre_credit, reviews, signing
from mock_partners.bank.core.credit import wire as credit_wire
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.http import (
    accounts,
    card_checks,
    credit,
    customers,
    notices,
    openapi,
    orders,
    proof,
)
from mock_partners.bank.core.http import (
    certificates as certificate_documents,
)
from mock_partners.bank.core.http.endpoint import Endpoint, QueryParameters
from mock_partners.bank.core.kernel import access, limits
from mock_partners.bank.core.kernel.proof import ProofReport
from mock_partners.bank.core.lines import wire as lines
from mock_partners.bank.core.loans import (
    certificates,
    days,
    draw_quotes,
    drawdowns,
    repayments,
    worked_examples,
)
from mock_partners.bank.core.loans import wire as loans
from mock_partners.bank.core.notices import choices
from mock_partners.bank.core.orders import differences
from mock_partners.bank.core.orders.differences import FoundList
from mock_partners.bank.core.overview import messages, overview
from mock_partners.bank.core.products import wire as products
from mock_partners.bank.core.verification import card_checks as checks
from mock_partners.bank.core.verification import codes
from mock_partners.bank.core.verification.wire import show_card_check
from mock_partners.bank.core.wallet import entries
from partner_adapters.core_bank.accounts import Account, CardBin, Entry, EntryPage, OpenAccount
from partner_adapters.core_bank.addresses import Address, ChangeAddress
from partner_adapters.core_bank.applications import Application, Apply, AskReview, Eligibility
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheck, ConfirmCardCheck, SendAnotherCode
from partner_adapters.core_bank.cases import (
    AnswerCase,
    AskPerson,
    Case,
    CaseList,
    CaseProgress,
    Complain,
    ComplainAsGuest,
    FindComplaint,
    StaffCase,
    StaffCaseList,
)
from partner_adapters.core_bank.certificates import IssueCertificate, SettlementCertificate
from partner_adapters.core_bank.consents import (
    Consent,
    ConsentInFull,
    ConsentList,
    ConsentTexts,
    GiveConsents,
)
from partner_adapters.core_bank.contracts import Contract, ContractText, Sign
from partner_adapters.core_bank.customer_messages import CustomerMessageList
from partner_adapters.core_bank.customers import ChoosePhone, Customer, IdentityStatement, Overview
from partner_adapters.core_bank.drawdowns import AskDraw, Draw, DrawQuote, WorkedExample
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit, PreCredit
from partner_adapters.core_bank.products import Product, ProductList
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.core_bank.text_messages import ChooseTextMessages, TextMessageChoices
from partner_adapters.core_bank.top_ups import TopUp

_PURPOSES: QueryParameters = {
    "purpose": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 10}
}
_PAGE: QueryParameters = {
    "cursor": {"type": "string"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100},
}

ENDPOINTS = (
    Endpoint(
        "POST",
        "/oauth/token",
        "access.token",
        "Issue an access token to a client or operator that authenticates with `client_secret_basic`.",
        access.Token,
        handler=access.token,
        command=access.TokenRequest,
        access="client",
        limits=(limits.WRONG_SECRETS,),
        refusal=access.TokenError,
    ),
    # Customers
    Endpoint(
        "POST",
        "/customers",
        "customers.register",
        "Find or register the customer whom the partner's signed statement identifies.",
        Customer,
        handler=customers.register,
        command=IdentityStatement,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/overview",
        "customers.show_overview",
        "Return everything that the customer's home page shows.",
        Overview,
        reads=overview.overview,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/phone",
        "customers.choose_phone",
        "Say which phone number is the bank's: the known one, or the one that the partner states.",
        Customer,
        changes=phone.choose,
        command=ChoosePhone,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/address",
        "customers.show_address",
        "Return where the customer lives, as the customer stated.",
        Address,
        reads=address.show,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/address",
        "customers.change_address",
        "Replace the customer's address. The earlier one is kept.",
        Address,
        changes=address.change,
        command=ChangeAddress,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/messages",
        "customers.list_messages",
        "Return the messages that the customer's pages keep, newest first: failed orders, reminders of payments.",
        CustomerMessageList,
        reads=messages.messages,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/text-messages",
        "customers.show_text_messages",
        "Return every kind of text messages: whether the customer gets it, and why some cannot be turned off.",
        TextMessageChoices,
        reads=choices.show,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/text-messages",
        "customers.choose_text_messages",
        "Change which kinds of text messages the customer gets, and in which language.",
        TextMessageChoices,
        changes=choices.choose,
        command=ChooseTextMessages,
    ),
    # Consents
    Endpoint(
        "GET",
        "/consent-texts",
        "customers.consent_texts",
        "Return the current texts of the named purposes, in their order.",
        ConsentTexts,
        handler=customers.consent_texts,
        query=_PURPOSES,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/consents",
        "customers.list_consents",
        "Return every consent that the customer gave, withdrawn ones too, newest first.",
        ConsentList,
        reads=consents.show_all,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/consents",
        "customers.give_consents",
        "Record the customer's consents, each to exactly the text that was shown.",
        ConsentList,
        changes=consents.give,
        command=GiveConsents,
        status=201,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/consents/{consent_id}",
        "customers.show_consent",
        "Return one consent with the text that the customer agreed to.",
        ConsentInFull,
        reads=consents.show,
    ),
    Endpoint(
        "DELETE",
        "/customers/{customer_id}/consents/{consent_id}",
        "customers.withdraw_consent",
        "Withdraw a consent. From now on it permits nothing.",
        Consent,
        changes=consents.withdraw,
    ),
    # Checks without a face: the bank card's elements, then a code
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks",
        "customers.start_card_check",
        "Start a card check: verify the card's four elements, then send a code to the card's phone number.",
        CardCheck,
        does=checks.start,
        command=AskCardCheck,
        shows=show_card_check,
        status=202,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/card-checks/{check_id}",
        "customers.show_card_check",
        "Return the current state of a card check.",
        CardCheck,
        reads=show_card_check,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks/{check_id}/codes",
        "customers.send_another_code",
        "Send a new code. The earlier code is no longer accepted.",
        CardCheck,
        does=codes.send_another,
        command=SendAnotherCode,
        shows=card_checks.show_same,
        status=202,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/card-checks/{check_id}/confirm",
        "customers.confirm_card_check",
        "Compare the code. The answer to the right code carries the core's signed statement.",
        CardCheck,
        handler=card_checks.confirm,
        command=ConfirmCardCheck,
    ),
    # Accounts
    Endpoint(
        "GET",
        "/card-bins/{prefix}",
        "accounts.card_bin",
        "Return the bank that a card number's first digits belong to.",
        CardBin,
        handler=accounts.card_bin,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/accounts",
        "accounts.open_account",
        "Order the opening of the customer's electronic account.",
        Order,
        does=opening.start,
        command=OpenAccount,
        needs="account_opening",
        status=202,
    ),
    Endpoint(
        "GET",
        "/accounts/{account_id}",
        "accounts.show_account",
        "Return the account's balance, bound card, state and top-up limits.",
        Account,
        reads=accounts.show_account,
    ),
    Endpoint(
        "GET",
        "/accounts/{account_id}/entries",
        "accounts.list_entries",
        "Return one page of the statement, newest entries first.",
        EntryPage,
        handler=accounts.list_entries,
        query=_PAGE,
    ),
    Endpoint(
        "GET",
        "/accounts/{account_id}/entries/{entry_id}",
        "accounts.show_entry",
        "Return one entry of the statement.",
        Entry,
        reads=entries.show_entry,
    ),
    Endpoint(
        "POST",
        "/accounts/{account_id}/top-ups",
        "accounts.start_top_up",
        "Order a top-up from the bound card.",
        Order,
        does=accounts.start_top_up,
        command=TopUp,
        needs="top_up",
        status=202,
    ),
    # Products
    Endpoint(
        "GET",
        "/products",
        "products.all_products",
        "Return the products that the bank offers today.",
        ProductList,
        reads=products.show_all,
    ),
    Endpoint(
        "GET",
        "/products/{code}",
        "products.show",
        "Return one product with its requirements and annual rates.",
        Product,
        reads=products.show,
    ),
    Endpoint(
        "POST",
        "/products/{code}/examples",
        "products.work_out",
        "Work out what a loan would cost at the product's highest rate. Nothing is written.",
        WorkedExample,
        reads=worked_examples.work_out,
        command=AskDraw,
    ),
    # Credit: from the first offer to an open line
    Endpoint(
        "POST",
        "/customers/{customer_id}/pre-credit",
        "origination.check_pre_credit",
        "Order a look at the bank's pre-credit list: what may be offered before an application.",
        Order,
        does=pre_credit.start,
        command=CheckPreCredit,
        status=202,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/pre-credit",
        "origination.show_pre_credit",
        "Return the offer of the latest look at the pre-credit list.",
        PreCredit,
        reads=pre_credit.read,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/applications",
        "origination.apply",
        "Apply for a credit line.",
        Order,
        does=applications.submit,
        command=Apply,
        status=202,
    ),
    Endpoint(
        "GET",
        "/applications/{application_id}",
        "origination.show_application",
        "Return an application's state, its timeline and the latest decision with its reasons.",
        Application,
        reads=credit_wire.show_application,
    ),
    Endpoint(
        "POST",
        "/applications/{application_id}/review",
        "origination.ask_review",
        "Request a review of the application by the bank's staff.",
        Application,
        changes=reviews.request_review,
        command=AskReview,
    ),
    Endpoint(
        "DELETE",
        "/applications/{application_id}/review",
        "origination.cancel_review",
        "Cancel what waits for a person: a referred application ends, a declined one stays declined.",
        Application,
        changes=reviews.cancel_review,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/eligibility/{code}",
        "origination.eligibility",
        "Return what is known to speak against an application for a product today. This is not a decision.",
        Eligibility,
        reads=eligibility.show,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/eligibility-reviews",
        "origination.ask_person",
        "Ask that a person looks whether the customer may apply for a product.",
        Case,
        changes=eligibility.ask_person,
        command=AskPerson,
        status=201,
    ),
    Endpoint(
        "GET",
        "/customers/{customer_id}/cases",
        "cases.list_cases",
        "Return what the customer asked a person of the bank, newest first.",
        CaseList,
        reads=cases.show_all,
    ),
    Endpoint(
        "DELETE",
        "/customers/{customer_id}/cases/{case_id}",
        "cases.cancel",
        "Cancel a case that was opened before an application.",
        Case,
        changes=closing.cancel,
    ),
    Endpoint(
        "POST",
        "/customers/{customer_id}/complaints",
        "cases.complain",
        "Make a complaint. It gets a number, and a day by which the bank answers.",
        Case,
        changes=complaints.complain,
        command=Complain,
        status=201,
    ),
    Endpoint(
        "POST",
        "/complaints",
        "cases.complain_as_guest",
        "Make a complaint for a visitor who has not logged in. The bank answers by text message.",
        CaseProgress,
        changes=complaints.complain_as_guest,
        command=ComplainAsGuest,
        status=201,
    ),
    Endpoint(
        "POST",
        "/complaints/search",
        "cases.find_complaint",
        "Return how far a guest's complaint is, by its number and the phone number. Nothing else is returned.",
        CaseProgress,
        reads=complaints.find,
        command=FindComplaint,
        limits=(limits.LOOKUPS_BY_PHONE, limits.LOOKUPS_BY_NUMBER),
    ),
    Endpoint(
        "GET",
        "/contracts/{contract_id}",
        "origination.show_contract",
        "Return the contract's facts and its cost table.",
        Contract,
        reads=credit_wire.show_contract,
    ),
    Endpoint(
        "GET",
        "/contracts/{contract_id}/document",
        "origination.contract_document",
        "Return the contract's PDF, provided that its bytes are those that the contract names.",
        bytes,
        handler=credit.contract_document,
    ),
    Endpoint(
        "GET",
        "/contracts/{contract_id}/text",
        "origination.contract_text",
        "Return the contract's document as text, with the borrower's numbers masked.",
        ContractText,
        handler=credit.contract_text,
    ),
    Endpoint(
        "POST",
        "/contracts/{contract_id}/signatures",
        "origination.sign",
        "Sign exactly the document and the cost table that the customer read.",
        Order,
        does=signing.start,
        command=Sign,
        needs="contract_signing",
        status=202,
    ),
    Endpoint(
        "GET",
        "/lines/{line_id}",
        "origination.show_line",
        "Return a credit line: the available amount and the conditions of a drawdown.",
        Line,
        reads=lines.show_line,
    ),
    # Loans
    Endpoint(
        "POST",
        "/lines/{line_id}/quotes",
        "lending.quote_draw",
        "Quote a drawdown with its full plan. Nothing is written.",
        DrawQuote,
        reads=draw_quotes.quote,
        command=AskDraw,
    ),
    Endpoint(
        "POST",
        "/lines/{line_id}/drawdowns",
        "lending.draw",
        "Draw exactly as quoted.",
        Order,
        does=drawdowns.draw,
        command=Draw,
        needs="drawdown",
        status=201,
    ),
    Endpoint(
        "GET",
        "/loans/{loan_id}",
        "lending.show",
        "Return a loan with its plan, the amount owed today and its repayments.",
        Loan,
        reads=loans.show_loan,
    ),
    Endpoint(
        "POST",
        "/loans/{loan_id}/repayment-quotes",
        "lending.quote_repayment",
        "Quote a repayment. Past days that are still open are closed first.",
        RepayQuote,
        prepares=days.catch_up,
        reads=repayments.quote,
        command=AskRepay,
    ),
    Endpoint(
        "POST",
        "/loans/{loan_id}/repayments",
        "lending.repay",
        "Repay exactly as quoted.",
        Order,
        prepares=days.catch_up,
        does=repayments.repay,
        command=Repay,
        status=201,
    ),
    Endpoint(
        "POST",
        "/loans/{loan_id}/certificate",
        "lending.issue_certificate",
        "Issue the certificate that a settled loan owes nothing, once.",
        SettlementCertificate,
        does=certificates.issue,
        command=IssueCertificate,
        shows=certificates.show_issued,
        status=202,
    ),
    Endpoint(
        "GET",
        "/loans/{loan_id}/certificate",
        "lending.show_certificate",
        "Return the certificate of a settled loan.",
        SettlementCertificate,
        reads=certificates.show,
    ),
    Endpoint(
        "GET",
        "/loans/{loan_id}/certificate/document",
        "lending.certificate_document",
        "Return the certificate's PDF, provided that its bytes are those that the bank sealed.",
        bytes,
        handler=certificate_documents.document,
    ),
    # Orders
    Endpoint(
        "GET",
        "/orders/{intent}",
        "orders.show",
        "Return the current state of an order, by the key of its command or by its reference.",
        Order,
        reads=orders.show,
    ),
    Endpoint(
        "POST",
        "/orders/{intent}/seen",
        "orders.mark_seen",
        "Record that a page showed the customer the order's outcome. An open order stays unseen.",
        Order,
        changes=orders.mark_seen,
    ),
    # Notices of outside parties
    Endpoint(
        "POST",
        "/notices/card-network/{bank_id}",
        "notices.receive",
        "Receive a signed notice: 204 once it is verified and booked. The card network repeats it until then.",
        None,
        handler=notices.receive,
        status=204,
        access="signature",
        limits=(limits.BAD_NOTICES,),
    ),
    # Inside the bank
    Endpoint(
        "GET",
        "/cases",
        "cases.list_open",
        "Return the open cases of the bank, the overdue ones first.",
        StaffCaseList,
        reads=answering.list_open,
        access="cases",
    ),
    Endpoint(
        "GET",
        "/cases/{number}",
        "cases.show",
        "Return one case, open or ended.",
        StaffCase,
        reads=answering.show,
        access="cases",
    ),
    Endpoint(
        "POST",
        "/cases/{number}/answer",
        "cases.answer",
        "Answer and end a case. The operator is recorded, and the answer is sent to the person.",
        StaffCase,
        changes=answering.answer,
        command=AnswerCase,
        access="cases",
    ),
    Endpoint(
        "GET",
        "/proof",
        "proof_routes.show",
        "Run every proof of the bank's books now, on one snapshot, and return both sides where one fails.",
        ProofReport,
        reads=proof.show,
        access="proof",
    ),
    Endpoint(
        "GET",
        "/differences",
        "orders.differences",
        "Return the differences between outside parties and the bank's books, newest first.",
        FoundList,
        reads=differences.newest,
        access="proof",
    ),
    Endpoint(
        "GET",
        "/openapi.json",
        "openapi.serve",
        "Return this document.",
        None,
        handler=openapi.serve,
        access="open",
    ),
)
