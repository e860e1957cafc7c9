"""The limits of the pages, one table: what is counted at which pages, for whom, how many, in which time.

`limiting.py` holds them. Docs: `docs/operators/limits.md`. Two rules decide about a row:

* A person is counted by what is the person's own: the session, or before it the cookie of the login. A county's
  phones and a super-app's gateway share an address, so an address counts only far above 600 logins a minute.
* What lets a customer repay, leave and see what became of an order is never limited.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from partner_adapters.kit.web.rate_limits import Limit

MINUTE = timedelta(minutes=1)
# Pages that no limit stops, by the names of their routes: repaying, what became of it, leaving, and
# freezing an account. An action that brings
# money into the account from which loans are repaid is not limited either (`routes.py`).
NEVER_LIMITED = frozenset({"loans", "loan", "repay", "account_freeze", "order", "leave", "alive"})
# Routes for machines, which are answered with problems and not with pages.
FOR_MACHINES = frozenset({"launch", "signed_out", "download", "named_download"})
EVERY_OTHER_PAGE = "every other page"


@dataclass(frozen=True)
class PageLimit(Limit):
    """A limit and where it is counted: methods with names of routes (`GET enter`), or `EVERY_OTHER_PAGE`."""

    at: tuple[str, ...] = ()


LOGINS = ("GET enter",)
ANSWERS = ("GET callback", "POST callback", "POST arrive")
# Counted where the person becomes known, which is inside the answer to the host.
LOGINS_OF_PERSON = PageLimit(
    "logins_of_person", "person", 120, timedelta(minutes=10), at=("the end of a login",)
)
LIMITS = (
    PageLimit("logins_begun", "login cookie", 60, timedelta(minutes=5), at=LOGINS),
    PageLimit("logins_begun_from_address", "address", 2_400, MINUTE, at=LOGINS),
    PageLimit("logins_finished", "login cookie", 60, timedelta(minutes=5), at=ANSWERS),
    PageLimit("logins_finished_from_address", "address", 4_800, MINUTE, at=ANSWERS),
    LOGINS_OF_PERSON,
    PageLimit("face_checks", "session", 20, timedelta(minutes=10), at=("GET face",)),
    # What the core counts of a card check is for good; this only spares it the questions.
    PageLimit("codes", "session", 30, timedelta(minutes=10), at=("POST card_check_code",)),
    PageLimit("quotes", "session", 60, MINUTE, at=("GET draw", "POST draw")),
    # E-sign keeps the documents, and each is fetched and compared with its hash.
    PageLimit(
        "documents",
        "session",
        20,
        MINUTE,
        at=("GET contract_document", "GET certificate_document", "GET download", "GET named_download"),
    ),
    PageLimit("links_to_documents", "session", 20, MINUTE, at=("POST documents",)),
    # A download manager has no session. Tokens cannot be guessed; this only stops a flood of guesses.
    PageLimit("wrong_downloads", "address", 600, MINUTE, "wrong", at=("GET download", "GET named_download")),
    # A visitor may invent phone numbers, so the core's five complaints a day for one number do not stop a flood.
    PageLimit("guest_complaints", "guest's address", 120, timedelta(minutes=10), at=("POST complaints",)),
    # The core counts by person and by phone; a gateway's visitors share an address.
    PageLimit("visitor_freezes", "guest's address", 120, timedelta(minutes=10), at=("POST visitor_freeze",)),
    PageLimit(
        "visitor_codes", "guest's address", 240, timedelta(minutes=10), at=("POST visitor_freeze_code",)
    ),
    PageLimit("complaint_searches", "address", 600, MINUTE, "refused", at=("POST complaint_search",)),
    # A person looks at a view now and then. Each look asks the core twice, and its address is in a page of the partner.
    PageLimit("progress_views", "progress view", 60, MINUTE, at=("GET progress",)),
    # What a partner's server signed rightly always passes, whatever a stranger or a faulty node sends beside it.
    PageLimit("wrong_launches", "partner and address", 120, MINUTE, "wrong", at=("POST launch",)),
    PageLimit("wrong_sign_outs", "partner and address", 120, MINUTE, "wrong", at=("POST signed_out",)),
    # A person reads a page for seconds. The bound is high enough for impatient taps and pages that reload themselves.
    PageLimit("pages", "session", 600, MINUTE, at=(EVERY_OTHER_PAGE,)),
    PageLimit("pages_to_address", "address", 24_000, MINUTE, at=(EVERY_OTHER_PAGE,)),
)


@cache
def limits_at(method: str, route: str) -> tuple[PageLimit, ...]:
    """Return the rows that count a request with this method to the route of this name."""
    if route in NEVER_LIMITED:
        return ()
    return tuple(row for row in LIMITS if f"{method} {route}" in row.at or row.at == (EVERY_OTHER_PAGE,))
