"""Hosts that bring people by themselves; their page for a face check, and for logins that begin at our side."""

from __future__ import annotations

import hmac
from typing import ClassVar, Protocol
from urllib.parse import quote, urlencode

from pydantic import Field, field_validator
from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityDeclined, IdentityUntrusted, identity_error
from partner_adapters.identity.exchange.calls import pairs
from partner_adapters.identity.exchange.flow import STANDARD_ERRORS, Parameter, Templates
from partner_adapters.identity.fields.templates import variables_in
from partner_adapters.identity.host import Attempt, Host, Redirect
from partner_adapters.kit.values.settings import Settings, Url, origin_of

VARIABLES = frozenset({"redirect_uri", "state", "max_age_s"})


class HostPage(Settings):
    """Where it is, what it is told, and how it answers at `/callback`."""

    url: Url
    query: Templates
    """Parameters with `{redirect_uri}`, `{state}` and, where the host wants it, `{max_age_s}` (0: check now)."""
    answer: Parameter
    """The parameter that brings what the host says of the person."""
    state: Parameter = "state"
    """The parameter in which our `state` returns."""
    error: Parameter = "error"
    errors: dict[str, Code] = {}
    """The host's error code to ours, beside those of RFC 6749; what is not here is `identity.refused`."""

    @field_validator("query")
    @classmethod
    def _says_where_to_return(cls, query: Templates) -> Templates:
        used = variables_in(query)
        if unknown := used - VARIABLES:
            raise ValueError(f"has unknown variables: {', '.join(sorted(unknown))}")
        if missing := {"redirect_uri", "state"} - used:
            raise ValueError(f"lacks {', '.join(f'{{{name}}}' for name in sorted(missing))}")
        return query


class BringingConfig(Settings):
    """What the blocks of all such hosts say."""

    CLIENT_KEY: ClassVar[str]
    """The key under which our name at the host stands."""

    issuer: str
    clock_skew_s: int = Field(default=5, ge=0, le=60)
    page: HostPage | None = None
    """Without one the host has no face check, and people enter from its app only."""

    @property
    def client(self) -> tuple[str, str]:
        """Who we are to whom: no two partners may share it."""
        return self.issuer, getattr(self, self.CLIENT_KEY)

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Where the person is sent to."""
        return (origin_of(self.page.url),) if self.page else ()


class BringingHost(Host, Protocol):
    """h5app's side of what they have in common: the way to the page, and what comes back from it."""

    _config: BringingConfig

    @property
    def checks_faces(self) -> bool:
        return self._config.page is not None

    def state_of(self, answer: QueryParams) -> str:
        return answer.get(self._config.page.state, "") if self._config.page else ""

    async def start(self, attempt: Attempt) -> Redirect:
        page = self._config.page
        if page is None:
            raise IdentityDeclined(Code.NO_FACE_CHECK if attempt.fresh else Code.FROM_APP_ONLY)
        values = {
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            "max_age_s": str(attempt.max_age_s),
        }
        return Redirect(f"{page.url}?{urlencode(pairs(page.query, values), quote_via=quote)}")

    def _answer(self, answer: QueryParams, attempt: Attempt) -> str:
        """What the host says, of this attempt. Raises `IdentityError`."""
        page = self._config.page
        if page is None:
            raise IdentityUntrusted(Code.MALFORMED, "callback: this host has no page that answers")
        if len(answer.multi_items()) != len(answer):
            raise IdentityUntrusted(Code.MALFORMED, "callback: a parameter came twice")
        if not same(self.state_of(answer), attempt.state):
            raise IdentityUntrusted(Code.STATE_MISMATCH)
        if page.error in answer:
            code = (STANDARD_ERRORS | page.errors).get(answer[page.error], Code.REFUSED)
            raise identity_error(code, "callback")
        said = answer.get(page.answer, "")
        if not said:
            raise IdentityUntrusted(Code.MALFORMED, f"callback: no {page.answer}")
        return said


def same(given: str, expected: str) -> bool:
    """In constant time; nothing equals an empty secret."""
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
