"""Definitions that the core's wire models share."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.kit.values.wire import Command, Sha256, Wire

__all__ = [
    "BUSINESS_DATE_HEADER",
    "NOT_OPEN",
    "REFERENCE_HEADER",
    "REFERENCE_PATTERN",
    "Command",
    "Evidence",
    "Sha256",
    "Wire",
]

# A header of every answer of the core: the bank's business date (ISO 8601).
BUSINESS_DATE_HEADER = "Sunbridge-Business-Date"
# A header of requests: what the partner named at the launch under which the customer came. Orders keep it.
REFERENCE_HEADER = "Partner-Reference"
REFERENCE_PATTERN = "[A-Za-z0-9._:-]{1,64}"
# The problem (503) of a command that the bank does not begin, because its day is not open yet. Nothing was done.
NOT_OPEN = "day.not_open"


class Evidence(Command):
    """The statement that this customer was just checked, as received. The core verifies it again."""

    statement: str = Field(min_length=20, max_length=8192)
    holder_secret: str = Field(default="", max_length=64)
    """The secret from which the nonce of the request was made that the partner answered.

    A statement that answers no request has its holder's own: the first that is presented with it. "" for a statement
    of the core's own.
    """
