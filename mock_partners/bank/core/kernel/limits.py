"""The core's limits, one table: what is counted, for whom, how many, in which time.

Those of the first part are counted in this process, at the endpoint whose row names them (`http/limiting.py`). Those of
the second are counted in the database together with the command (`kernel/limit_uses.py`), because they must outlive a
restart and hold for all nodes. All times are protocol time.

A limit that belongs to the states of one thing stands with them, because they say what is left of it. Those are the
codes of a card check (`verification/limits.py`) and the complaints of a day (`cases/complaints.py`). No limit stands
before a repayment.
"""

from __future__ import annotations

from datetime import timedelta

from partner_adapters.kit.web.rate_limits import Limit

# Counted in this process

# The right secret always passes. Otherwise a stranger could lock a partner out, and its customers could not repay.
WRONG_SECRETS = Limit("wrong_secrets", "client and address", 20, timedelta(minutes=10), "wrong")
# Each refused notice is verified and may be recorded. The network repeats what was refused, and the settlement file
# says the same in the end.
BAD_NOTICES = Limit("bad_notices", "bank and address", 120, timedelta(minutes=1), "refused")
# A number has five digits that are drawn by lot, so ten guesses in a quarter of an hour find none.
LOOKUPS_BY_PHONE = Limit("complaint_lookups", "phone number", 10, timedelta(minutes=15), "refused")
LOOKUPS_BY_NUMBER = Limit(
    "complaint_lookups_by_number", "complaint number", 10, timedelta(minutes=15), "refused"
)
IN_PROCESS = (WRONG_SECRETS, BAD_NOTICES, LOOKUPS_BY_PHONE, LOOKUPS_BY_NUMBER)

# Counted in the database

# Each guesses at a card, and may cost messages.
CARD_CHECKS = Limit("card_checks", "customer", 5, timedelta(hours=24), code="card_check.too_many")
# Openings, card checks and questions about a card together. Opening, signing and drawing without a face need five when
# nothing is mistyped.
CARD_QUESTIONS = Limit("card_questions", "customer", 10, timedelta(hours=24))
# Each is decoded, which takes up to a second. Two sides, a few of them taken again.
IDENTITY_IMAGES = Limit("identity_images", "customer", 30, timedelta(hours=24))
# A visitor may name anyone, so both are few. Who reached them calls the bank, whose staff freezes the account.
FREEZES_OF_PERSON = Limit("freezes_of_person", "identity number", 5, timedelta(hours=24))
FREEZES_BY_PHONE = Limit("freezes_by_phone", "card's phone number", 5, timedelta(hours=24))
# Of a kind that a customer may turn off, so that the pages keep what is not sent. What must be said is always sent.
TEXT_MESSAGES = Limit("text_messages", "customer and kind of message", 20, timedelta(hours=24))
# Files for applications. Each is decoded, a PDF page by page.
PAPERS = Limit("papers", "customer", 60, timedelta(hours=24))
DURABLE = (
    PAPERS,
    CARD_CHECKS,
    CARD_QUESTIONS,
    FREEZES_OF_PERSON,
    FREEZES_BY_PHONE,
    IDENTITY_IMAGES,
    TEXT_MESSAGES,
)
