"""The contract's document: prepared by e-sign, and fetched with its hash checked."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection

from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import DocumentRecord, read_contract
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ApplicationEvent, ContractEvent
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import ESIGN
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, context_of
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.wallet import read_account_of_customer
from partner_adapters.esign import wire as esign
from partner_adapters.esign.client import unprintable_characters
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.rates import PPM
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

PREPARE = "contract.prepare"


class DocumentDiffers(Exception):
    """E-sign sent other bytes than those whose hash is known. Nothing may be based on them."""


async def prepare_document(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document rendered. The contract is ready once the bytes have the hash that e-sign names."""
    ctx, contract_id = context_of(core, row), row.subject
    command = await core.store.read(lambda conn: _prepare_command(conn, ctx, contract_id))
    if command is None:
        return nothing_to_do
    try:
        # Retried under the contract's id, so e-sign prepares one envelope however often an answer is lost.
        envelope = await core.esign.prepare(ctx.bank_id, command, contract_id)
        document = DocumentRecord(envelope.envelope_id, envelope.document_sha256)
        await fetch_document(core, ctx, document)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except (Problem, DocumentDiffers) as error:
        reason = error.code if isinstance(error, Problem) else "document differs"
        if isinstance(error, Problem) and (found := unprintable_characters(error)) is not None:
            log.warning("contract.at_counter", contract=contract_id, reason=reason)
            return lambda conn: _send_to_counter(conn, ctx, contract_id, found)
        # The customer can do nothing about it: the contract stays `preparing` until the bank has solved it.
        log.error("contract.not_prepared", contract=contract_id, reason=reason)
        raise RetryLater(reason) from error
    return lambda conn: _mark_ready(conn, ctx, contract_id, document)


async def fetch_document(core: CoreServices, ctx: Context, document: DocumentRecord) -> bytes:
    """Return the document's bytes.

    Raises `DocumentDiffers` if they do not have its hash, `Problem` or `CallFailed` if e-sign does not send them.
    """
    content = await core.esign.document(ctx.bank_id, document.envelope_id)
    if hashlib.sha256(content).hexdigest() != document.sha256:
        raise DocumentDiffers(document.envelope_id)
    return content


def _prepare_command(conn: Connection, ctx: Context, contract_id: str) -> esign.PrepareEnvelope | None:
    """Return the command for e-sign, or None if the contract is prepared already or void."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.PREPARE):
        return None
    offer, terms, bank = contract.offer, contract.terms, ctx.bank
    signer = read_customer(conn, ctx.bank_id, contract.customer_id)
    account = read_account_of_customer(conn, ctx.bank_id, contract.customer_id)
    return esign.PrepareEnvelope(
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
            max_draw_months=max(terms.tenors_months),
            min_draw_fen=terms.min_draw_fen,
            account_number=account.number,
        ),
        signer=esign.Signer(name=signer.name, id_number=signer.id_number, phone=signer.phone),
        bank=esign.Lender(name=bank.name["zh"], phone=bank.phone),
        cost_table=esign.CostTable.model_validate(contract.cost_table.model_dump()),
    )


def _mark_ready(conn: Connection, ctx: Context, contract_id: str, document: DocumentRecord) -> None:
    contract = read_contract(conn, ctx.bank_id, contract_id)
    # Asked again: while e-sign was working, the offer may have expired or another attempt may have finished.
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.PREPARE):
        return
    values = {"envelope_id": document.envelope_id, "document_sha256": document.sha256}
    advance_contract(conn, ctx, contract, ContractEvent.PREPARE, **values)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.PREPARE_CONTRACT)


def _send_to_counter(conn: Connection, ctx: Context, contract_id: str, characters: str) -> None:
    """End the application: the contract can be signed at a counter only. Tell the customer and the staff."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.REFUSE_DOCUMENT):
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


HANDLERS: Handlers = {PREPARE: OutsideWork(prepare_document, (ESIGN,))}
