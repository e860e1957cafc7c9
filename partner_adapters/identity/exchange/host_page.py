"""Hosts that hand customers over unrequested, and their page for face checks and for logins that we begin."""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol
from urllib.parse import quote, urlencode

from pydantic import field_validator
from starlette.datastructures import QueryParams

from partner_adapters.identity.clocks import DEFAULT_SKEW_S, ClockSkew
from partner_adapters.identity.errors import Code, IdentityDeclined, IdentityUntrusted, identity_error
from partner_adapters.identity.exchange.calls import pairs
from partner_adapters.identity.exchange.flow import STANDARD_ERRORS, Parameter, Templates
from partner_adapters.identity.fields.templates import variables_in
from partner_adapters.identity.host import Attempt, Host, Redirect
from partner_adapters.kit.values.canonical import equal
from partner_adapters.kit.values.settings import Settings, Url, origin_of

VARIABLES = frozenset({"redirect_uri", "state", "max_age_s"})


class HostPage(Settings):
    """The address of the page, the parameters that we send, and those in which it answers at `/callback`."""

    url: Url
    query: Templates
    """Parameters with `{redirect_uri}`, `{state}` and, if the host supports it, `{max_age_s}` (0: check now)."""
    answer: Parameter
    """The parameter with the host's sealed text or assertion."""
    place: Literal["query", "form"] = "query"
    """Where the answer is: in the address, or in a form that the host's page posts to `/callback`."""
    state: Parameter = "state"
    """The parameter in which our `state` returns."""
    error: Parameter = "error"
    errors: dict[str, Code] = {}
    """The host's error code → ours, besides those of RFC 6749. Any other is `identity.refused`."""

    @field_validator("query")
    @classmethod
    def _says_where_to_return(cls, query: Templates) -> Templates:
        used = variables_in(query)
        if unknown := used - VARIABLES:
            raise ValueError(f"has unknown variables: {', '.join(sorted(unknown))}")
        if missing := {"redirect_uri", "state"} - used:
            raise ValueError(f"lacks {', '.join(f'{{{name}}}' for name in sorted(missing))}")
        return query


class HandOverConfig(Settings):
    """The configuration keys common to all hosts that hand customers over unrequested."""

    CLIENT_KEY: ClassVar[str]
    """The key in the block that holds our name at the host."""

    issuer: str
    clock_skew_s: ClockSkew = DEFAULT_SKEW_S
    page: HostPage | None = None
    """Without it the host has no face check, and customers enter from its app only."""

    @property
    def client(self) -> tuple[str, str]:
        """Return issuer and our name there. Two partners must not share them."""
        return self.issuer, getattr(self, self.CLIENT_KEY)

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins that the customer is sent to."""
        return (origin_of(self.page.url),) if self.page else ()


class HandOverHost(Host, Protocol):
    """h5app's side of what they have in common: the redirect to the page, and its answer."""

    _config: HandOverConfig

    @property
    def checks_faces(self) -> bool:
        return self._config.page is not None

    @property
    def posts_answer(self) -> bool:
        return self._config.page is not None and self._config.page.place == "form"

    @property
    def has_login_page(self) -> bool:
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
        """Return the host's answer to this attempt. Raises `IdentityError`."""
        page = self._config.page
        if page is None:
            raise IdentityUntrusted(Code.MALFORMED, "callback: this host has no page that answers")
        if len(answer.multi_items()) != len(answer):
            raise IdentityUntrusted(Code.MALFORMED, "callback: a parameter came twice")
        if not equal(attempt.state, self.state_of(answer)):
            raise IdentityUntrusted(Code.STATE_MISMATCH)
        if page.error in answer:
            code = (STANDARD_ERRORS | page.errors).get(answer[page.error], Code.REFUSED)
            raise identity_error(code, "callback")
        said = answer.get(page.answer, "")
        if not said:
            raise IdentityUntrusted(Code.MALFORMED, f"callback: without {page.answer}")
        return said
