"""Contracts: the document, the table of all costs, and the signature."""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import AnnualRate
from partner_adapters.core_bank.wire import Command, Evidence, Sha256, Wire
from partner_adapters.kit.values.masking import mask_name
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.names import from_certificate
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class ContractState(StrEnum):
    """`preparing`: the document is being made. `signing`: signatures are being added. `void`: it cannot be signed."""

    PREPARING = "preparing"
    READY = "ready"
    SIGNING = "signing"
    SIGNED = "signed"
    VOID = "void"


# Why a contract's document was prepared anew: the customer's details changed, the signature came to nothing, or the
# document did not say what it was asked to say.
RenewedFor = Literal["details", "signing", "document"]


class CostRow(Wire):
    """One row of the table of costs: what is charged for, how much, and who receives it."""

    item: Text
    charge: Text
    receiver: Text


class CostTable(Wire):
    """The table of all costs of a credit (综合融资成本明示表).

    It lists every fee with its receiver and the cost of default, and states that nothing else is charged.
    """

    version: str
    annual_rate_ppm: int
    """What the sample loan costs a year. With a fee a smaller or shorter loan may cost more, as its quote says."""
    sample_amount_fen: Fen
    currency: Currency = CNY
    sample_months: int
    sample_total_interest_fen: Fen
    sample_methods: list[AnnualRate] = []
    """The sample loan by each method. `annual_rate_ppm` and the interest are the dearest one's. Empty in old tables."""
    sample_fees_fen: Fen = 0
    """The fee that is charged once when the sample loan is drawn. The annual rates count it."""
    rows: list[CostRow]
    default_rows: list[CostRow]
    nothing_else: Text
    sha256: Sha256
    """The hash of all fields above and of the contract's offer. If the offer changes, so does the hash."""

    @property
    def lowest_ppm(self) -> int:
        """The annual rate of the sample loan by its cheapest method."""
        return min((each.annual_rate_ppm for each in self.sample_methods), default=self.annual_rate_ppm)


_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:\\.|[^,\\])*)")


def _common_name(distinguished_name: str) -> str:
    """Return the common name in a distinguished name, or the whole text if it has none."""
    found = _COMMON_NAME.search(distinguished_name)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else distinguished_name


class Certificate(Wire):
    """The certificate that the borrower signed with, issued for this one signature."""

    subject: str
    """The holder's distinguished name (RFC 4514), as in the certificate. People read `holder`."""
    issuer: str
    """The authority's distinguished name. People read `authority`."""
    serial: str
    valid_from: datetime
    valid_until: datetime

    @property
    def holder(self) -> str:
        """The masked name of the person to whom the certificate was issued."""
        return mask_name(from_certificate(_common_name(self.subject)))

    @property
    def authority(self) -> str:
        """The name of the authority that issued the certificate."""
        return _common_name(self.issuer)


class Contract(Wire):
    """A credit contract between a customer and the member bank, for a line of `limit_fen`."""

    contract_id: str
    number: str
    state: ContractState
    application_id: str
    line_id: str | None = None
    product_code: str
    limit_fen: Fen
    currency: Currency = CNY
    rate_ppm: int
    starts_on: date
    ends_on: date
    document_sha256: Sha256 | None = None
    """The hash of the PDF as it is served now. None while it is being prepared."""
    read_sha256: Sha256 | None = None
    """The hash of the PDF that is read and confirmed. The signed PDF begins with exactly those bytes. None too for a
    contract that was signed before this hash was kept.
    """
    renewed_for: RenewedFor | None = None
    """Why an earlier document no longer counts, if there was one. It was not signed, and this one is read anew."""
    cost_table: CostTable
    min_reading_seconds: int
    signed_at: datetime | None = None
    certificate: Certificate | None = None


class ContractBlock(Wire):
    """One block of a contract's text: a heading of a part or an article, a paragraph, or the cells of a table's row.

    `weighty`: a paragraph that weighs on the borrower, printed in bold.
    """

    kind: Literal["part", "article", "paragraph", "weighty", "row"]
    texts: list[str]


class ContractText(Wire):
    """The whole contract as text in Chinese, with the borrower's numbers masked. The PDF is what is signed."""

    blocks: list[ContractBlock]


class Sign(Command):
    """A customer's signature under exactly what was read. `read_seconds` is measured by the server that showed it."""

    document_sha256: Sha256
    cost_table_sha256: Sha256
    read_seconds: int = Field(ge=0)
    evidence: Evidence


class Contracts:
    """`GET /contracts/{id}[/document|/text]`, `POST /contracts/{id}/signatures`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, contract_id: str) -> Contract:
        return await self._calls.get(f"/contracts/{segment(contract_id)}", Contract)

    async def document(self, contract_id: str) -> bytes:
        """Return the PDF. The core has verified it first. Problem 409 `contract.not_ready`."""
        return await self._calls.get_bytes(f"/contracts/{segment(contract_id)}/document")

    async def text(self, contract_id: str) -> ContractText:
        """Return the whole contract as text. Problems 404 `contract.text_unknown`, 409 `contract.not_ready`."""
        return await self._calls.get(f"/contracts/{segment(contract_id)}/text", ContractText)

    async def sign(self, contract_id: str, command: Sign, intent: str) -> Order:
        """Order the signature of a contract. 202: an order of kind `contract_signing`.

        After success, `result["line_id"]` is the credit line. Problems 409 `contract.not_ready`,
        `contract.offer_changed`. Problems 422 `contract.not_read`, 401 `step_up.required`.
        """
        return await self._calls.post(
            f"/contracts/{segment(contract_id)}/signatures", command, Order, intent=intent
        )
