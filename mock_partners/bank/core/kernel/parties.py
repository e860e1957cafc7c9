"""The outside parties that the core sends work to, by the names that operators stop them by."""

from __future__ import annotations

CARD_NETWORK = "card_network"
ESIGN = "esign"
MESSAGES = "messages"
PRE_CREDIT_LIST = "pre_credit_list"
CREDIT_BUREAU = "credit_bureau"
COURTS = "courts"

DATA_SOURCES = (PRE_CREDIT_LIST, CREDIT_BUREAU, COURTS)
PARTIES = (CARD_NETWORK, ESIGN, MESSAGES, *DATA_SOURCES)
