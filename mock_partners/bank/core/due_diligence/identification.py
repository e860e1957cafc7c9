"""What need not be asked of a person whom an identity card or a residence permit identifies."""

from __future__ import annotations

from typing import Literal

from mock_partners.bank.core.customers import CustomerRecord
from mock_partners.bank.core.due_diligence.images import UNUSED_KEPT
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.accounts import Identification
from partner_adapters.kit.values.check_digits import document_of, gender_of

# Only citizens of China get an identity card or, from Hong Kong, Macao and Taiwan, a residence permit. Foreigners, who
# have neither, are sent to the counter before they are customers (`customers/identify.py`).
NATIONALITY: Literal["CN"] = "CN"


def identification_of(ctx: Context, customer: CustomerRecord) -> Identification:
    """Return what follows from the identity number, and for how long photographs of the card are kept."""
    document = document_of(customer.id_number)
    assert document != "foreigner_card", "foreigners open accounts at the counter"
    return Identification(
        gender=gender_of(customer.id_number),
        nationality=NATIONALITY,
        document_type=document,
        unused_images_hours=int(UNUSED_KEPT.total_seconds()) // 3600,
        images_years_after_closing=ctx.parameters.identity_image_years,
    )
