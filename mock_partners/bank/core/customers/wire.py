"""Customers and consents as they leave the core."""

from __future__ import annotations

from mock_partners.bank.core.customers.records import ConsentRecord, CustomerRecord
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.consents import Consent, ConsentInFull
from partner_adapters.core_bank.customers import Customer
from partner_adapters.kit.values.masking import mask_id_number, mask_name, mask_phone


def customer_to_wire(customer: CustomerRecord) -> Customer:
    """Return the wire model, with personal data masked."""
    return Customer(
        customer_id=customer.customer_id,
        name_masked=mask_name(customer.name),
        id_number_masked=mask_id_number(customer.id_number),
        phone_masked=mask_phone(customer.phone),
    )


def consent_to_wire(ctx: Context, consent: ConsentRecord) -> Consent:
    """Return the wire model, as the caller's partner may read it."""
    scope = ctx.texts.scope(consent.purpose)
    return Consent(
        consent_id=consent.consent_id,
        purpose=consent.purpose,
        version=consent.version,
        sha256=consent.sha256,
        title=consent.title,
        receiver=consent.receiver,
        partner=consent.partner,
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
        ended_at=consent.ended_at,
        scope=scope,
        permits_here=consent.stands and (scope != "app" or consent.partner == ctx.partner),
    )


def consent_in_full_to_wire(ctx: Context, consent: ConsentRecord) -> ConsentInFull:
    """Return the wire model with the text that the customer agreed to."""
    return ConsentInFull(**consent_to_wire(ctx, consent).model_dump(), body=consent.body)
