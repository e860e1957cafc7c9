"""The contract's document: prepared by e-sign, checked against the offer, and fetched with its hash checked."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mock_partners.bank.core.calculation.draw_rules import DrawFee
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.credit.contract_terms import ContractTerms
from mock_partners.bank.core.credit.document_checks import contradictions
from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import DocumentRecord, read_contract
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ApplicationEvent, ContractEvent
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import ESIGN
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    queue_of,
)
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import differences
from mock_partners.bank.core.products.fee_texts import charge_of
from mock_partners.bank.core.wallet import read_account_of_customer, read_address
from partner_adapters.esign import wire as esign
from partner_adapters.esign.client import unprintable_characters
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.rates import PPM
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

PREPARE = "contract.prepare"
# How long to wait before e-sign is asked for another document in place of one that contradicts the offer. Long enough
# for a person to look, and few enough documents that are of no use.
CONTRADICTED_RETRY_S = 600.0


class DocumentDiffers(Exception):
    """E-sign sent other bytes than those whose hash is known. Nothing may be based on them."""


@dataclass(frozen=True)
class Party:
    """What a contract says about the customer. If it changes, a document that is not signed no longer counts."""

    signer: esign.Signer
    account_number: str

    @property
    def sha256(self) -> str:
        """The hash of everything that is printed."""
        content = f"{self.signer.model_dump_json()} {self.account_number}"
        return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True)
class _Draft:
    """One document to be prepared: the how manyth of its contract it is, and what e-sign is asked for."""

    number: int
    party: Party
    command: esign.PrepareEnvelope

    def key(self, contract_id: str) -> str:
        """The key that it is asked for under: one envelope for each draft, however often an answer is lost."""
        return contract_id if self.number == 1 else f"{contract_id}-{self.number}"


async def prepare_document(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document rendered. The contract is ready once pages and text say what they were asked to say."""
    ctx, contract_id = context_of(core, row), row.subject
    draft = await core.store.read(lambda conn: _draft_to_prepare(conn, ctx, contract_id))
    if draft is None:
        return nothing_to_do
    try:
        envelope = await core.esign.prepare(ctx.bank_id, draft.command, draft.key(contract_id))
        content = await fetch_document(core, ctx, envelope.envelope_id, envelope.document_sha256)
        text = await core.esign.text(ctx.bank_id, envelope.envelope_id)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except (Problem, DocumentDiffers) as error:
        reason = error.code if isinstance(error, Problem) else "document differs"
        if isinstance(error, Problem) and (found := unprintable_characters(error)) is not None:
            log.warning("contract.at_counter", contract=contract_id, reason=reason)
            return lambda conn: _send_to_counter(conn, ctx, contract_id, draft, found)
        # The customer can do nothing about it: the contract stays `preparing` until the bank has solved it.
        log.error("contract.not_prepared", contract=contract_id, reason=reason)
        raise RetryLater(reason) from error
    wrong = await asyncio.to_thread(contradictions, content, text, draft.command)
    document = DocumentRecord(envelope.envelope_id, envelope.document_sha256, len(content))
    if wrong:
        # Not the row's effect: the same row asks again, after a while, for a document in a new envelope.
        await core.store.write(
            lambda conn: _reject(conn, ctx, contract_id, draft, document, wrong), queue=queue_of(row)
        )
        raise RetryLater("document contradicts the offer", CONTRADICTED_RETRY_S)
    return lambda conn: _mark_ready(conn, ctx, contract_id, draft, document)


async def fetch_document(core: CoreServices, ctx: Context, envelope_id: str, sha256: str) -> bytes:
    """Return the document's bytes.

    Raises `DocumentDiffers` if they do not have this hash, `Problem` or `CallFailed` if e-sign does not send them.
    """
    content = await core.esign.document(ctx.bank_id, envelope_id)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DocumentDiffers(envelope_id)
    return content


def party_of(conn: Connection, ctx: Context, customer_id: str) -> Party:
    """Return what a contract of this customer says about the customer now."""
    customer = read_customer(conn, ctx.bank_id, customer_id)
    account = read_account_of_customer(conn, ctx.bank_id, customer_id)
    signer = esign.Signer(
        name=customer.name,
        id_number=customer.id_number,
        phone=customer.phone,
        address=read_address(conn, ctx.bank_id, account.account_id),
    )
    return Party(signer, account.number)


def _draft_to_prepare(conn: Connection, ctx: Context, contract_id: str) -> _Draft | None:
    """Return what e-sign is asked for, or None if the contract is prepared already or void."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.PREPARE):
        return None
    offer, terms, bank = contract.offer, contract.terms, ctx.bank
    party = party_of(conn, ctx, contract.customer_id)
    command = esign.PrepareEnvelope(
        number=offer.number,
        fields=esign.CreditLineFields(
            product_name=terms.product_name["zh"],
            purpose=terms.purpose["zh"],
            limit_fen=offer.limit_fen,
            revolving=terms.revolving,
            starts_on=offer.starts_on,
            ends_on=offer.ends_on,
            rate_ppm=offer.rate_ppm,
            lpr_ppm=terms.lpr_ppm,
            penalty_percent=terms.servicing.penalty_factor_ppm * 100 // PPM,
            methods=list(terms.methods),
            **_repayment_fields(terms),
            draw_fee=_fee_field(terms.draw_rules.fee),
            max_draw_months=max(terms.tenors_months),
            min_draw_fen=terms.min_draw_fen,
            account_number=party.account_number,
        ),
        signer=party.signer,
        bank=esign.Lender(name=bank.name["zh"], phone=bank.phone, address=bank.address),
        cost_table=esign.CostTable.model_validate(contract.cost_table.model_dump()),
    )
    return _Draft(contract.draft, party, command)


def _repayment_fields(terms: ContractTerms) -> dict[str, Any]:
    """Return what the contract says about counting interest and repaying."""
    rules = terms.servicing.repayment.dump()
    return rules | {
        "early_repayment": terms.servicing.early_repayment,
        "day_counts": {method: rules["day_counts"][method] for method in terms.methods},
    }


def _fee_field(fee: DrawFee | None) -> esign.DrawFee | None:
    return None if fee is None else esign.DrawFee(name=fee.name["zh"], charge=charge_of(fee)["zh"])


def _mark_ready(
    conn: Connection, ctx: Context, contract_id: str, draft: _Draft, document: DocumentRecord
) -> None:
    contract = read_contract(conn, ctx.bank_id, contract_id)
    # Asked again: while e-sign was working, the offer may have expired, another attempt may have finished, or another
    # document may have become due.
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.PREPARE) or contract.draft != draft.number:
        return
    values = {
        "envelope_id": document.envelope_id,
        "document_sha256": document.sha256,
        "document_bytes": document.size_bytes,
        "party_sha256": draft.party.sha256,
    }
    advance_contract(conn, ctx, contract, ContractEvent.PREPARE, **values)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.PREPARE_CONTRACT)


def _send_to_counter(
    conn: Connection, ctx: Context, contract_id: str, draft: _Draft, characters: str
) -> None:
    """End the application: the contract can be signed at a counter only. Tell the customer and the staff."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if (
        not CONTRACT_STATES.allows(contract.state, ContractEvent.REFUSE_DOCUMENT)
        or contract.draft != draft.number
    ):
        return
    advance_contract(conn, ctx, contract, ContractEvent.REFUSE_DOCUMENT)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.SEND_TO_COUNTER)
    case = open_case(conn, ctx, "contract", contract.customer_id, contract.application_id, characters)
    notify_customer(
        conn,
        ctx,
        contract.customer_id,
        "contract_at_counter",
        product=contract.terms.product_name,
        number=case.number,
    )


def _reject(
    conn: Connection,
    ctx: Context,
    contract_id: str,
    draft: _Draft,
    document: DocumentRecord,
    wrong: list[str],
) -> None:
    """Record that e-sign's document contradicts the offer, and have the next attempt ask for another one."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.PREPARE) or contract.draft != draft.number:
        return
    differences.record(
        conn,
        ctx,
        ESIGN,
        contract_id,
        "contract.document_contradicts",
        ours={"number": contract.offer.number, "asked": wrong},
        theirs={"envelope_id": document.envelope_id, "document_sha256": document.sha256},
    )
    advance_contract(
        conn, ctx, contract, ContractEvent.RENEW, draft=contract.draft + 1, renewed_for="document"
    )


HANDLERS: Handlers = {PREPARE: OutsideWork(prepare_document, (ESIGN,))}
