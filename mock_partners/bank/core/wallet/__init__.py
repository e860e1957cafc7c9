"""Electronic accounts (classes II and III): the account with its bound card, its balance and its statement."""

from mock_partners.bank.core.wallet.ceilings import fits, make_room, room, state_ceiling
from mock_partners.bank.core.wallet.labels import account_label, bound_card_label
from mock_partners.bank.core.wallet.movements import available, balance, credit
from mock_partners.bank.core.wallet.records import (
    AccountRecord,
    accounts_of_customer,
    find_account,
    find_account_by_number,
    find_account_of_customer,
    find_latest_account,
    find_occupation,
    read_account_of_customer,
    read_account_of_order,
    read_address,
    read_own_account,
    require,
    require_open,
)

__all__ = [
    "AccountRecord",
    "account_label",
    "accounts_of_customer",
    "available",
    "balance",
    "bound_card_label",
    "credit",
    "find_account",
    "find_account_by_number",
    "find_account_of_customer",
    "find_latest_account",
    "find_occupation",
    "fits",
    "make_room",
    "read_account_of_customer",
    "read_account_of_order",
    "read_address",
    "read_own_account",
    "require",
    "require_open",
    "room",
    "state_ceiling",
]
