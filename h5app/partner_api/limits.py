"""The limits of the partner API (docs/operators/partner-keys.md). One table, counted by key."""

from __future__ import annotations

from datetime import timedelta

from partner_adapters.kit.web.rate_limits import Limit

MINUTE = timedelta(minutes=1)
# Each answer says what is left of it.
REQUESTS = Limit("requests", "key", 1_200, MINUTE)
# A right proof always passes, whatever a stranger sends beside it.
WRONG_PROOFS = Limit("wrong_proofs", "client and address", 60, MINUTE, "wrong")
LIMITS = (REQUESTS, WRONG_PROOFS)
