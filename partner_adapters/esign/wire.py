"""The e-contract signing party's wire: envelopes, their documents and signatures.

`POST /envelopes` (its `Idempotency-Key` is the contract's id), `GET /envelopes/{id}`, `GET /envelopes/{id}/document`
(PDF), `GET /envelopes/{id}/text`, `POST /envelopes/{id}/signatures` (its key is the intent).
`POST /signer-checks` asks whether a borrower's name and address can be drawn and signed; nothing is stored.
`POST /sealed-documents` (its key is the document's number), `GET /sealed-documents/{id}/document`.
`POST /printed-documents/statement` and `…/receipt` answer a PDF without a seal, and nothing is stored.
In each of these a bank names itself and its secret by HTTP Basic.
`GET /root.pem` is the certificate that verifiers trust.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.values.wire import Command, Sha256, Wire

# 等额本息, 等额本金, 先息后本, 随借随还.
RepaymentMethod = Literal["level_payment", "equal_principal", "interest_first", "on_demand"]
# By their conventions: a month as a twelfth of a year, days over 360 or 365, actual/actual ISDA, 30E/360, 30U/360.
DayCount = Literal["monthly", "act_360", "act_365", "act_act_isda", "30e_360", "30u_360"]
PaidPart = Literal["fees", "penalty", "interest", "principal"]


class Signer(Command):
    """The borrower, as the bank has identified the person."""

    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field(min_length=18, max_length=18)
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    address: str = Field(min_length=1, max_length=120)


class Lender(Command):
    """The member bank. `name` is in Chinese, as on its seal."""

    name: str = Field(min_length=4, max_length=40)
    phone: str = Field(default="", max_length=30)
    """The bank's number for questions and complaints. The contract omits it if empty."""
    address: str = Field(min_length=4, max_length=120)
    """The bank's registered office, in Chinese. A contract is concluded there, and notices to the bank go there."""


class DueDays(Command):
    """The days of the month among which the borrower chooses the repayment day, and the first period's days."""

    earliest: int = Field(ge=1, le=31)
    latest: int = Field(ge=1, le=31)
    shortest_first_days: int = Field(ge=1, le=92)
    longest_first_days: int = Field(ge=1, le=92)


class DrawFee(Command):
    """A fee that the bank takes once, when a loan is drawn: its name and how much it is, in Chinese."""

    name: str = Field(min_length=1, max_length=200)
    charge: str = Field(min_length=1, max_length=200)


class CreditLineFields(Command):
    """The terms of a maximum-amount loan contract (最高额借款合同), which the document prints."""

    product_name: str = Field(min_length=1, max_length=60)
    purpose: str = Field(min_length=1, max_length=100)
    """What the money is for, in Chinese."""
    limit_fen: Fen = Field(gt=0)
    currency: Currency = CNY
    revolving: bool
    starts_on: date
    ends_on: date
    rate_ppm: int = Field(gt=0, le=1_000_000)
    """The simple yearly interest rate, in millionths."""
    lpr_ppm: int = Field(gt=0, le=1_000_000)
    """The one-year loan prime rate (LPR) that the rate was based on, in millionths."""
    penalty_percent: int = Field(default=150, ge=100, le=300)
    """The penalty rate, in percent of the contract rate."""
    methods: list[RepaymentMethod] = Field(min_length=1)
    day_counts: dict[RepaymentMethod, DayCount]
    """How the interest of each method counts."""
    level_payment: Literal["nominal", "solved"] = "nominal"
    """By the formula for whole months, or so that all instalments are equal up to the last one's remainder."""
    due_days: DueDays | None = None
    """None: instalments fall due on the day of the month on which the loan was drawn."""
    allocation: list[PaidPart] = Field(min_length=4, max_length=4)
    """In which order a payment pays what is due."""
    early_repayment: bool = True
    """Whether the borrower may repay more than what is due."""
    draw_fee: DrawFee | None = Field(default=None, exclude_if=lambda fee: fee is None)
    """None: nothing is charged when a loan is drawn."""
    max_draw_months: int = Field(ge=1, le=360)
    min_draw_fen: Fen = Field(gt=0)
    account_number: str = Field(min_length=4, max_length=32)
    """The borrower's account, which receives drawdowns and from which repayments are taken."""


def _in_chinese(text: Text) -> Text:
    if not text.get("zh", "").strip():
        raise ValueError("lacks the Chinese that the document prints")
    return text


Printed = Annotated[Text, AfterValidator(_in_chinese)]


class CostRow(Command):
    """One row of the table of costs: what is charged for, how much, and who receives it."""

    item: Printed
    charge: Printed
    receiver: Printed


class SampleMethod(Command):
    """What the table's sample loan costs if it is repaid by this method. `annual_rate_ppm`: by its cash flows."""

    method: RepaymentMethod
    annual_rate_ppm: int = Field(ge=0)
    total_interest_fen: Fen = Field(ge=0)
    currency: Currency = CNY


class CostTable(Command):
    """The core's table of all costs (综合融资成本明示表). The document prints its Chinese texts."""

    version: str = Field(min_length=1, max_length=40)
    annual_rate_ppm: int = Field(ge=0)
    sample_amount_fen: Fen = Field(gt=0)
    currency: Currency = CNY
    sample_months: int = Field(ge=1)
    sample_total_interest_fen: Fen = Field(ge=0)
    sample_methods: list[SampleMethod] = Field(default=[], max_length=4)
    """Empty in tables from before they were listed: their sample is repaid in level payments."""
    sample_fees_fen: Fen = Field(default=0, ge=0, exclude_if=lambda fen: not fen)
    """The fee of the sample's draw, which its annual rates count."""
    rows: list[CostRow] = Field(min_length=1, max_length=20)
    default_rows: list[CostRow] = Field(max_length=20)
    nothing_else: Printed
    sha256: Sha256


class PrepareEnvelope(Command):
    """A request to render a contract document from a template and its fields."""

    template: Literal["credit_line"] = "credit_line"
    number: str = Field(pattern=r"^[0-9A-Za-z-]{4,40}$")
    """The contract's number."""
    fields: CreditLineFields
    signer: Signer
    bank: Lender
    cost_table: CostTable


class CheckSigner(Command):
    """A question whether a contract of this borrower could be drawn and signed."""

    signer: Signer


class SignerChecked(Wire):
    """A contract of this borrower can be drawn and signed."""

    checked: Literal[True] = True


class SignEnvelope(Command):
    """What the borrower agreed to: which document, on what evidence, and when (business time)."""

    document_sha256: Sha256
    evidence_digest: Sha256
    signed_at: AwareDatetime


class EnvelopeState(StrEnum):
    """`ready`: the document can be read and signed. `signed`: it has both signatures."""

    READY = "ready"
    SIGNED = "signed"


class Certificate(Wire):
    """The certificate issued for the borrower's one signature. Names are RFC 4514, `serial` is hexadecimal."""

    subject: str
    issuer: str
    serial: str
    valid_from: datetime
    valid_until: datetime


# `weighty`: a paragraph that the document prints in bold, because it weighs on the borrower.
TextKind = Literal["part", "article", "paragraph", "weighty", "row"]


class TextBlock(Wire):
    """One block of a document's text: a heading of a part or an article, a paragraph, or the cells of a table's row."""

    kind: TextKind
    texts: list[str]


class DocumentText(Wire):
    """A document as text, for screens: every word of the PDF's body, without its layout."""

    blocks: list[TextBlock]


class Envelope(Wire):
    """One contract document at the signing party, with the state of its signatures."""

    envelope_id: str
    number: str
    state: EnvelopeState
    document_sha256: Sha256
    """The hash of the document as it is served now: unsigned while `ready`, signed afterwards."""
    pages: int
    certificate: Certificate | None = None
    signed_at: datetime | None = None
    """The business time of the signatures, as in the document."""
    verified: bool = False
    """Whether both signatures were checked against the party's trust root before the state changed."""


class Holder(Command):
    """The person whom a certificate is about. E-sign gets no more of the id number than the document prints."""

    name: str = Field(min_length=1, max_length=60)
    id_number_masked: str = Field(min_length=18, max_length=18)


class SealDocument(Command):
    """A request for a document that the bank alone seals: the certificate that a loan is settled (结清证明)."""

    template: Literal["settlement"] = "settlement"
    number: str = Field(pattern=r"^[0-9A-Za-z-]{4,40}$")
    holder: Holder
    bank: Lender
    product_name: str = Field(min_length=1, max_length=60)
    contract_number: str = Field(pattern=r"^[0-9A-Za-z-]{4,40}$")
    loan_reference: str = Field(pattern=r"^[0-9A-Za-z-]{4,40}$")
    principal_fen: Fen = Field(gt=0)
    currency: Currency = CNY
    drawn_on: date
    settled_on: date
    issued_on: date


class SealedDocument(Wire):
    """A document with the bank's seal, which was verified. It never changes."""

    document_id: str
    number: str
    document_sha256: Sha256
    sealed_at: datetime


class Printing(Command):
    """What every printed document says about its bank, its account and the person, whose name is masked."""

    bank: Lender
    holder_masked: str = Field(min_length=1, max_length=60)
    account_last_four: str = Field(pattern=r"^[0-9]{4}$")


class PrintedEntry(Command):
    """One line of a statement. `counterparty`: "" where there is none."""

    day: date
    kind: str = Field(min_length=1, max_length=200)
    counterparty: str = Field(max_length=120)
    reference: str = Field(max_length=40)
    change_fen: Fen
    """Positive where money came in."""
    after_fen: Fen
    currency: Currency = CNY


class PrintStatement(Printing):
    """A request for the statement of a period, with every entry in it, the oldest first."""

    template: Literal["statement"] = "statement"
    first: date
    last: date
    opening_fen: Fen
    closing_fen: Fen
    in_fen: Fen
    out_fen: Fen
    currency: Currency = CNY
    entries: list[PrintedEntry] = Field(max_length=300)


class PrintReceipt(Printing):
    """A request for the receipt of one entry."""

    template: Literal["receipt"] = "receipt"
    entry: PrintedEntry
    booked_at: AwareDatetime


PrintDocument = PrintStatement | PrintReceipt
