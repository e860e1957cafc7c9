"""What h5app needs from every dialect: one `Host` for each partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.holder import derive
from partner_adapters.identity.identity import Login
from partner_adapters.identity.sign_out import SignedOut


@dataclass(frozen=True)
class Attempt:
    """One attempt of one browser to log in at the host, or to pass a check there.

    `state`, `nonce` and `code_verifier` (RFC 7636) follow from the secret, which neither browser nor host sees.
    """

    redirect_uri: str
    secret: str = field(repr=False)
    # Whether a new face check is needed, even if the host remembers an earlier one.
    fresh: bool
    # How long ago the host may have checked the person. 0 means now.
    max_age_s: int

    @property
    def state(self) -> str:
        return derive("state", self.secret)

    @property
    def nonce(self) -> str:
        return derive("nonce", self.secret)

    @property
    def code_verifier(self) -> str:
        return derive("code_verifier", self.secret)


@dataclass(frozen=True)
class Redirect:
    """Send the customer to this page of the host, which redirects back to `redirect_uri`."""

    url: str


Ability = Literal["authTicket", "faceVerify"]
# Our page also uses bridges that log a customer in.
AbilityName = Literal["authTicket", "faceVerify", "login"]
# The kinds of app that `h5app/static/bridge.js` distinguishes.
Container = Literal["zwjsbridge", "lightapp", "alipay", "weixin", "dsbridge", "uniapp", "frame"]


@dataclass(frozen=True)
class AskBridge:
    """Our own page calls the host's bridge and sends its result to `redirect_uri` as `parameter`, with `state`."""

    ability: Ability
    parameter: str
    # The host's page that does the same in a browser without a bridge. It redirects back to `redirect_uri`.
    otherwise: str | None = None
    # The host's script that provides the bridge in our page.
    script: str | None = None
    # Our id at the host, for bridges that ask which application wants a code.
    app_id: str = ""
    # Container → ability → its method there and the path of the value in its answer, besides the ones we know.
    names: Mapping[Container, Mapping[AbilityName, Sequence[str]]] = field(default_factory=dict)


class Host(Protocol):
    """How one partner tells us who a customer is. Keep one for the process: it caches keys and tokens.

    Every method raises `IdentityError`.
    """

    @property
    def state_returns(self) -> bool:
        """Whether the answer contains `state`. If it does not, only the browser's cookie finds its attempt."""
        return True

    def state_of(self, answer: QueryParams) -> str:
        """Return the `state` in an answer, whatever parameter holds it, or "" if there is none."""

    @property
    def checks_faces(self) -> bool:
        """Whether the host can make a new face check."""
        return True

    @property
    def has_login_page(self) -> bool:
        """Whether customers can log in from any browser, and not only from the host's app."""
        return True

    @property
    def behind_hash(self) -> Sequence[str]:
        """Parameters that the host puts behind `#` of our address, where a server does not see them."""
        return ()

    @property
    def posts_answer(self) -> bool:
        """Whether the host's page posts its answer to `/callback` as a form, from its own site."""
        return False

    @property
    def pushed_as(self) -> str | None:
        """The parameter of `/enter` with which the host hands a customer over unrequested. None if it never does."""
        return None

    @property
    def tells_sign_out(self) -> bool:
        """Whether we can check notices of this host that a customer signed out there."""
        return False

    async def read_sign_out(self, form: Mapping[str, str]) -> SignedOut:
        """Return whose sessions end by the notice that the host's server posted to `/signed-out`."""
        raise IdentityUntrusted(Code.MALFORMED, "this host sends no notices")

    @property
    def launches(self) -> bool:
        """Whether the partner's server hands customers over at `/launch`."""
        return False

    async def start(self, attempt: Attempt) -> Redirect | AskBridge:
        """Begin an attempt: say how the customer gets to the host."""

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        """Turn the host's answer into a verified identity. A used code stays used: after an error, begin again.

        `max_age_s` is how long ago the person may have been checked. For a fresh check, the seconds since `start`.
        """

    async def receive(self, pushed: str) -> Login:
        """Return the customer whom the host handed over without our request, from `pushed_as` or from a launch.

        The caller has to refuse a value that was received before.
        """
        raise IdentityUntrusted(Code.MALFORMED, "this host hands no customer over without our request")

    def signed_part(self, pushed: str) -> str:
        """Return what identifies a pushed value. A signature has several encodings, its content has one."""
        return pushed
