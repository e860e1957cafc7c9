"""How a host hands a person over, as configuration: the way there, the way back, one to three calls, and the proof.

What fits together is checked in `flow_checks.py`.
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
# Below the address of the environment; without variables, so that no value can lead elsewhere.
Path = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~\-]+)+/?$", max_length=500)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
Templates = dict[Parameter, Template]
# Characters of a code, a ticket, a token.
MAX_VALUE = 2048
MAX_PARTS = 3

# RFC 6749; a configuration adds the host's own to these.
STANDARD_ERRORS: dict[str, Code] = {
    "invalid_grant": Code.CODE_REPLAYED,
    "access_denied": Code.CANCELLED,
    "temporarily_unavailable": Code.UNAVAILABLE,
    "server_error": Code.UNAVAILABLE,
}


class Entry(Settings):
    """The host's page that the person is sent to."""

    path: Path
    query: Templates = {}
    fragment: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$")] | None = None
    """What must stand behind `#`, such as `wechat_redirect`."""


class Bridge(Settings):
    """An ability of the host's bridge that gives the value."""

    ability: Ability
    script: Url | None = None
    """The host's own script that brings the bridge into our page."""
    names: dict[Container, dict[AbilityName, tuple[str, str]]] = {}
    """Container → ability → its method there, and where in the answer the value stands; beside what we know."""


class Back(Settings):
    """What the address of `/callback` looks like when the person comes back, or what the bridge gives."""

    value: VariableName
    """The parameter that brings the code or ticket; the steps use it under this name."""
    state: Parameter | None = "state"
    """The parameter in which our `state` returns; `false` in TOML: it does not."""
    place: Literal["query", "second_query", "fragment"] = "query"
    """`second_query`: the host appends `?ticket=…` to an address that has a query already; `fragment`: `#ticket=…`."""
    error: Parameter | None = None
    """The parameter in which the host says why there is no value."""
    errors: dict[str, Code] = {}
    missing: Code = Code.MALFORMED
    """What it means when neither comes: some hosts say "cancelled" in this way."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every parameter that means something."""
        return tuple(name for name in (self.value, self.state, self.error) if name is not None)

    @model_validator(mode="before")
    @classmethod
    def _false_is_none(cls, given: Any) -> Any:
        # TOML has no null.
        return given | {"state": None} if isinstance(given, dict) and given.get("state") is False else given


class AnswerSignature(Settings):
    """The host signs one member of its JSON answer as it stands in the text (Alipay's way)."""

    signer: str
    """`rsa2` or `sm2` with the host's `public_key`."""
    nodes: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(min_length=1, max_length=3)
    """Members that may be the signed one: the answer, and where the host has one of its own, the error."""


class Sealed(Settings):
    """A sealed part of an answer. What it holds stands as `opened` beside the rest."""

    cipher: str
    at: Expression
    iv: Expression | None = None
    """Where the IV stands, for a cipher with `iv_from = "beside"`."""
    key: VariableName | None = None
    """The variable that is the key, for a cipher without one."""


class Refusal(Settings):
    """People of a kind that gets no further."""

    when: Expression
    """True or false over the answer. `x != 'allowed'` refuses a missing x, too."""
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
    """Name of a signer of the block."""
    answer: Literal["json", "form"] = "json"
    signature: AnswerSignature | None = None
    success: Expression | None = None
    """True for an answer that is none of an error; None: the block's."""
    error: Expression | None = None
    """Where the host's error code stands; None: the block's."""
    opens: Sealed | None = None
    refuse: tuple[Refusal, ...] = ()
    test_identities: Expression | None = None
    """True for the host's test people; in production they are refused."""
    take: dict[VariableName, Paths] = {}
    """Variables for later steps."""
    agrees: dict[VariableName, Paths] = {}
    """What must be the same as a variable from before, such as the user's id in two answers."""
    repeatable: bool = False
    """Asking again changes nothing at the host: not so where a code or ticket is spent."""
    keep_s: int | None = Field(default=None, ge=1, le=7200)
    """How long what was taken may serve other people too: for a token of the app, not of a person."""


class Signed(Settings):
    """The answer of the last step carries the host's signature, which the bank checks itself."""

    kind: Literal["signed"]


class Asked(Settings):
    """The bank makes some of the calls itself, with its own credentials."""

    kind: Literal["asked"]
    carry: tuple[VariableName, ...] = Field(min_length=1, max_length=4)
    """Variables that it needs for them: the person's token at the host, or the number of the check."""
    steps: tuple[Name, ...] = Field(min_length=1, max_length=MAX_PARTS)


class Told(Settings):
    """Nothing that the bank could check: good for a login, never evidence for an action."""

    kind: Literal["told"]


Proof = Annotated[Signed | Asked | Told, Field(discriminator="kind")]


class Flow(Settings):
    """From our page to the host, back, and to an identity."""

    entry: Entry | None = None
    bridge: Bridge | None = None
    """With an `entry` too, that is for where no bridge is."""
    back: Back
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MAX_PARTS)
    fields: FieldMap
    """Over the last step's answer."""
    proof: Proof

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def asked(self) -> tuple[Step, ...]:
        """The steps that the bank makes itself."""
        named = self.proof.steps if isinstance(self.proof, Asked) else ()
        return tuple(step for step in self.steps if step.name in named)
