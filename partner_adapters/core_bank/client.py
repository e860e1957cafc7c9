"""The typed client of the core. There is one for each partner, and all share the process's HTTP client."""

from __future__ import annotations

from partner_adapters.core_bank.accounts import Accounts
from partner_adapters.core_bank.addresses import Addresses
from partner_adapters.core_bank.applications import Applications
from partner_adapters.core_bank.authorisations import Authorisations
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.card_checks import CardChecks
from partner_adapters.core_bank.card_repayments import CardRepayments
from partner_adapters.core_bank.cards import Cards
from partner_adapters.core_bank.cases import Cases
from partner_adapters.core_bank.certificates import Certificates
from partner_adapters.core_bank.class_raises import ClassRaises
from partner_adapters.core_bank.closings import Closings
from partner_adapters.core_bank.consents import Consents
from partner_adapters.core_bank.contracts import Contracts
from partner_adapters.core_bank.customer_data import CustomersData
from partner_adapters.core_bank.customer_messages import CustomerMessages
from partner_adapters.core_bank.customers import Customers
from partner_adapters.core_bank.drawdowns import Drawdowns
from partner_adapters.core_bank.events import Events
from partner_adapters.core_bank.freezes import Freezes
from partner_adapters.core_bank.identity_images import IdentityImageCalls
from partner_adapters.core_bank.lines import Lines
from partner_adapters.core_bank.loan_quotes import LoanQuotes
from partner_adapters.core_bank.loans import Loans
from partner_adapters.core_bank.orders import Orders
from partner_adapters.core_bank.own_limits import OwnLimits
from partner_adapters.core_bank.papers import PaperCalls
from partner_adapters.core_bank.pre_credit import PreCredits
from partner_adapters.core_bank.products import Products
from partner_adapters.core_bank.repayments import Repayments
from partner_adapters.core_bank.statements import Statements
from partner_adapters.core_bank.statuses import Statuses
from partner_adapters.core_bank.text_messages import TextMessages
from partner_adapters.core_bank.top_ups import TopUps
from partner_adapters.core_bank.withdrawals import Withdrawals
from partner_adapters.kit.web.calls.http_client import HttpClient


class CoreBank:
    """The core, called for one partner. The access token determines the member bank.

    A refused call raises `Problem`, and nothing has changed. A call that was not sent raises `NotSent`. A question
    without an answer raises `Unanswered` and may be repeated. A command without an answer raises `OutcomeUnknown`: call
    `orders.get(intent)` until its outcome is known.
    """

    def __init__(self, http: HttpClient, base_url: str, client_id: str, client_secret: str) -> None:
        self.calls = CoreCalls(http, base_url, CoreTokens(http, base_url, client_id, client_secret))
        self.customers = Customers(self.calls)
        self.data = CustomersData(self.calls)
        self.customer_messages = CustomerMessages(self.calls)
        self.addresses = Addresses(self.calls)
        self.text_messages = TextMessages(self.calls)
        self.card_checks = CardChecks(self.calls)
        self.consents = Consents(self.calls)
        self.authorisations = Authorisations(self.calls)
        self.cases = Cases(self.calls)
        self.accounts = Accounts(self.calls)
        self.cards = Cards(self.calls)
        self.freezes = Freezes(self.calls)
        self.closings = Closings(self.calls)
        self.statements = Statements(self.calls)
        self.identity_images = IdentityImageCalls(self.calls)
        self.top_ups = TopUps(self.calls)
        self.own_limits = OwnLimits(self.calls)
        self.class_raises = ClassRaises(self.calls)
        self.withdrawals = Withdrawals(self.calls)
        self.orders = Orders(self.calls)
        self.papers = PaperCalls(self.calls)
        self.pre_credit = PreCredits(self.calls)
        self.products = Products(self.calls)
        self.applications = Applications(self.calls)
        self.contracts = Contracts(self.calls)
        self.lines = Lines(self.calls)
        self.drawdowns = Drawdowns(self.calls)
        self.loans = Loans(self.calls)
        self.loan_quotes = LoanQuotes(self.calls)
        self.repayments = Repayments(self.calls)
        self.card_repayments = CardRepayments(self.calls)
        self.certificates = Certificates(self.calls)
        self.events = Events(self.calls)
        self.statuses = Statuses(self.calls)
