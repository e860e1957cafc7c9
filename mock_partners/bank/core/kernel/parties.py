"""The outside parties that the core sends work to, by the names that operators stop them by."""

from __future__ import annotations

CARD_NETWORK = "card_network"
ESIGN = "esign"
MESSAGES = "messages"
PRE_CREDIT_LIST = "pre_credit_list"
CREDIT_BUREAU = "credit_bureau"
COURTS = "courts"

TAX = "tax"
REGISTRY = "registry"
WARNINGS = "warnings"
HOUSING_FUND = "housing_fund"
SOCIAL_INSURANCE = "social_insurance"

DATA_SOURCES = (
    PRE_CREDIT_LIST,
    TAX,
    REGISTRY,
    WARNINGS,
    HOUSING_FUND,
    SOCIAL_INSURANCE,
    CREDIT_BUREAU,
    COURTS,
)
PARTIES = (CARD_NETWORK, ESIGN, MESSAGES, *DATA_SOURCES)
