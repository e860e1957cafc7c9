"""A page that waits for the bank reloads by itself, at growing intervals. Without scripts it shows a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

FIRST_WAIT_S, LONGEST_WAIT_S = 2, 30
# If the page waits longer than this, it tells the customer that it takes longer than usual.
USUAL_WAIT_S = 8


@dataclass(frozen=True)
class Polling:
    """In how many seconds a waiting page reloads, and its address then, which asks for twice the wait."""

    wait_s: int
    address: str

    @property
    def is_slow(self) -> bool:
        return self.wait_s > USUAL_WAIT_S

    @classmethod
    def of(cls, request: Request, query: Mapping[str, str] | None = None) -> Polling:
        """Return the polling of a page. Its wait comes from `?wait=` and is kept within its bounds.

        `query`: further parameters of the next address.
        """
        asked = request.query_params.get("wait", "")
        wait_s = int(asked) if re.fullmatch("[0-9]{1,3}", asked) else FIRST_WAIT_S
        wait_s = min(max(wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
        following = {**(query or {}), "wait": str(min(wait_s * 2, LONGEST_WAIT_S))}
        return cls(wait_s, f"{request.url.path}?{urlencode(following)}")
