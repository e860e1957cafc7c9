"""How a host identifies a customer, as configuration: the page, the callback, one to three calls, and the proof.

`flow_checks.py` checks that the parts fit together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from partner_adapters.identity.errors import Code
from partner_adapters.identity.fields.mapping import FieldMap
from partner_adapters.identity.fields.paths import Expression, Paths
from partner_adapters.identity.fields.templates import Template, TextTemplate, VariableName
from partner_adapters.identity.host import Ability, AbilityName, Container
from partner_adapters.kit.values.settings import Settings, Url

FlowName = Literal["login", "face"]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9\-]{1,64}$")]
# Below the address of the environment. It has no variables, so that a value cannot change the target.
Path = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~\-]+)+/?$", max_length=500)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Templates = dict[Parameter, Template]
# Characters of a code, a ticket, a token.
MAX_VALUE = 2048
MAX_PARTS = 3

# The codes of RFC 6749. A configuration adds the host's own.
STANDARD_ERRORS: dict[str, Code] = {
    "invalid_grant": Code.CODE_REPLAYED,
    "access_denied": Code.CANCELLED,
    "temporarily_unavailable": Code.UNAVAILABLE,
    "server_error": Code.UNAVAILABLE,
}


class Entry(Settings):
    """The host's page that the customer is sent to."""

    path: Path
    query: Templates = {}
    fragment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$")] | None = None
    """The text after `#`, such as `wechat_redirect`."""


class Bridge(Settings):
    """The ability of the host's bridge that returns the code or ticket."""

    ability: Ability
    script: Url | None = None
    """The host's script that provides the bridge in our page."""
    names: dict[Container, dict[AbilityName, tuple[str, str]]] = {}
    """Container → ability → its method there and the path of the value in its answer, besides the ones we know."""


class Back(Settings):
    """The parameters of `/callback` when the host redirects back, or the result of the bridge."""

    value: VariableName
    """The parameter with the code or ticket. The steps use it under this name."""
    state: Parameter | None = "state"
    """The parameter in which our `state` returns. Write `false` if it does not."""
    place: Literal["query", "second_query", "fragment", "form"] = "query"
    """`second_query`: the host appends `?ticket=…` to an address with a query. `fragment`: it appends `#ticket=…`.

    `form`: the host's page posts a form to `/callback`.
    """
    error: Parameter | None = None
    """The parameter with the host's error code."""
    errors: dict[str, Code] = {}
    missing: Code = Code.MALFORMED
    """The error if there is neither value nor error code, which for some hosts means "cancelled"."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parameters that have a meaning."""
        return tuple(name for name in (self.value, self.state, self.error) if name is not None)

    @model_validator(mode="before")
    @classmethod
    def _false_is_none(cls, given: Any) -> Any:
        # TOML has no null.
        return given | {"state": None} if isinstance(given, dict) and given.get("state") is False else given


class AnswerSignature(Settings):
    """The host signs one member of its JSON answer, as its text stands there (as Alipay does)."""

    signer: str
    """The name of an `rsa2` or `sm2` signer with the host's `public_key`."""
    nodes: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(min_length=1, max_length=3)
    """Members that may be signed: the answer, and the error if the host has a separate member for it."""


class Sealed(Settings):
    """A sealed part of an answer. Its content is added to the answer as `opened`."""

    cipher: str
    at: Expression
    iv: Expression | None = None
    """Where the IV is, for a cipher with `iv_from = "beside"`."""
    key: VariableName | None = None
    """The variable with the key, for a cipher without one."""


class Refusal(Settings):
    """A condition under which a customer is refused."""

    when: Expression
    """An expression over the answer that is true or false. `x != 'allowed'` also refuses a missing x."""
    code: Code = Code.VIRTUAL_ACCOUNT


class Step(Settings):
    """One call to the host."""

    name: Name
    method: Literal["GET", "POST"] = "POST"
    path: Path
    query: Templates = {}
    form: Templates | None = None
    json_body: Templates | None = Field(default=None, alias="json")
    headers: dict[HeaderName, TextTemplate] = {}
    sign: str | None = None
    """The name of one of the block's signers."""
    answer: Literal["json", "form"] = "json"
    signature: AnswerSignature | None = None
    success: Expression | None = None
    """True for an answer that is not an error. None: as the block says."""
    error: Expression | None = None
    """Where the host's error code is. None: as the block says."""
    opens: Sealed | None = None
    refuse: tuple[Refusal, ...] = ()
    test_identities: Expression | None = None
    """True for the host's test identities, which are refused in production."""
    take: dict[VariableName, Paths] = {}
    """Variables to take from the answer, for later steps."""
    agrees: dict[VariableName, Paths] = {}
    """Values that must equal an earlier variable, such as the user's id in two answers."""
    repeatable: bool = False
    """Whether the call may be repeated. Not for a call that uses up a code or ticket."""
    keep_s: int | None = Field(default=None, ge=1, le=7200)
    """How long the variables may serve other customers: for an access token of the app, not of a customer."""


class Signed(Settings):
    """The answer of the last step is signed by the host, and the bank checks the signature itself."""

    kind: Literal["signed"]


class Asked(Settings):
    """The bank makes some of the calls itself, with its own credentials."""

    kind: Literal["asked"]
    carry: tuple[VariableName, ...] = Field(min_length=1, max_length=4)
    """Variables that these calls need: the customer's token at the host, or the number of the check."""
    steps: tuple[Name, ...] = Field(min_length=1, max_length=MAX_PARTS)


class Told(Settings):
    """The bank can check nothing. Enough for a login, but never evidence for an action."""

    kind: Literal["told"]


Proof = Annotated[Signed | Asked | Told, Field(discriminator="kind")]


class Flow(Settings):
    """All of a login or of a face check, from our page to the host and back to an identity."""

    entry: Entry | None = None
    bridge: Bridge | None = None
    """If `entry` is given too, it is for browsers without a bridge."""
    back: Back
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_PARTS)
    fields: FieldMap
    """Fields in the answer of the last step."""
    proof: Proof

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def asked(self) -> tuple[Step, ...]:
        """Return the steps that the bank makes itself."""
        named = self.proof.steps if isinstance(self.proof, Asked) else ()
        return tuple(step for step in self.steps if step.name in named)
