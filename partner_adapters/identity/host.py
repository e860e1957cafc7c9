"""What h5app asks of every dialect: one `Host` for each partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Login


@dataclass(frozen=True)
class Attempt:
    """One browser's way to the host and back. All secrets are unguessable and this attempt's alone."""

    redirect_uri: str
    state: str
    nonce: str
    # 43 to 128 characters (RFC 7636).
    code_verifier: str
    # A new face check is wanted now, whatever the host remembers.
    fresh: bool
    # How long ago the host may have checked the person: 0 where it is to be done now.
    max_age_s: int


@dataclass(frozen=True)
class Redirect:
    """The person goes to this page of the host's and comes back to `redirect_uri`."""

    url: str


Ability = Literal["authTicket", "faceVerify"]
# The page that asks also asks apps to log a person in.
AbilityName = Literal["authTicket", "faceVerify", "login"]
# As `h5app/static/bridge.js` tells them apart.
Container = Literal["zwjsbridge", "lightapp", "alipay", "weixin", "dsbridge", "uniapp", "frame"]


@dataclass(frozen=True)
class AskBridge:
    """Our own page asks the host's bridge, and sends what it says to `redirect_uri` as `parameter`, with `state`."""

    ability: Ability
    parameter: str
    # The host's page that does the same where no bridge is; it comes back to `redirect_uri` by itself.
    otherwise: str | None = None
    # The host's script that brings the bridge into our page.
    script: str | None = None
    # Who we are there: some bridges want to be told for whom they give a code.
    app_id: str = ""
    # Container → ability → its method there, and where in the answer the value stands, beside those we know.
    names: Mapping[Container, Mapping[AbilityName, Sequence[str]]] = field(default_factory=dict)


class Host(Protocol):
    """How one partner hands over who stands there. Kept for the process: it caches what may be cached.

    Every method raises `IdentityError`.
    """

    @property
    def state_returns(self) -> bool:
        """Whether the answer brings `state` back; else the browser's binding alone finds its attempt."""
        return True

    def state_of(self, answer: QueryParams) -> str:
        """The `state` that an answer brings, under whatever name and wherever; "" if it brings none."""

    @property
    def checks_faces(self) -> bool:
        """Whether it can be asked for a new face check at all."""
        return True

    @property
    def behind_hash(self) -> Sequence[str]:
        """What the host says behind `#` of our address, where no server sees it; empty: nothing."""
        return ()

    @property
    def pushed_as(self) -> str | None:
        """The parameter of `/enter` in which the host brings a person unasked; None: it never does."""
        return None

    @property
    def launches(self) -> bool:
        """Whether the partner's server hands people over at `/launch`."""
        return False

    async def start(self, attempt: Attempt) -> Redirect | AskBridge:
        """How the person gets to the host."""

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        """Turn what came back into a verified identity. What was spent stays spent: after an error begin anew.

        `max_age_s`: how long ago the person may have been checked: for a fresh check the seconds since `start`.
        """

    async def receive(self, pushed: str) -> Login:
        """A person whom the host brought unasked, from the value of `pushed_as` or of a launch.

        That the same value comes once only is for the caller to see to.
        """
        raise IdentityUntrusted(Code.MALFORMED, "this host brings nobody unasked")

    def signed_part(self, pushed: str) -> str:
        """What of such a value counts as the same: a signature can be written in many ways, what it signs in one."""
        return pushed
