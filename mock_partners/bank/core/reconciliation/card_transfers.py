"""Every kind of transfer with the card network. A new kind is a new row.

Outside work, the network's notices and its settlement files ask this table, so that no kind is named there.
"""

from __future__ import annotations

from mock_partners.bank.core.account_services import refunds, top_ups, withdrawals
from mock_partners.bank.core.account_services.transfers import TransferActions
from mock_partners.bank.core.loans import card_repayments

TRANSFERS: TransferActions = {
    row.action.kind: row
    for row in (top_ups.TRANSFER, withdrawals.TRANSFER, card_repayments.TRANSFER, refunds.TRANSFER)
}
