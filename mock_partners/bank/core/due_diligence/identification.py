"""What need not be asked of a person whom a resident identity card identifies."""

from __future__ import annotations

from typing import Literal

from mock_partners.bank.core.customers import CustomerRecord
from mock_partners.bank.core.due_diligence.images import UNUSED_KEPT
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.accounts import Identification
from partner_adapters.kit.values.check_digits import gender_of

# Only citizens of China get a resident identity card, and every customer here is known by one.
NATIONALITY: Literal["CN"] = "CN"
DOCUMENT_TYPE: Literal["cn_id_card"] = "cn_id_card"


def identification_of(ctx: Context, customer: CustomerRecord) -> Identification:
    """Return what follows from the identity number, and for how long photographs of the card are kept."""
    return Identification(
        gender=gender_of(customer.id_number),
        nationality=NATIONALITY,
        document_type=DOCUMENT_TYPE,
        unused_images_hours=int(UNUSED_KEPT.total_seconds()) // 3600,
        images_years_after_closing=ctx.parameters.identity_image_years,
    )
