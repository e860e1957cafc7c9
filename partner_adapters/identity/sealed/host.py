"""A host that brings the person by an encrypted, signed address: `…/enter?p=<sealed>.<signature>`.

The bank opens the same text with a key of its own and checks the signature. Without a signature nobody can tell who
sealed it: then it is told, not proven, and never evidence for an action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from starlette.datastructures import QueryParams

from partner_adapters.identity.crypto.ciphers import Cipher, open_sealed
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.flow import Parameter
from partner_adapters.identity.exchange.host import identity_of
from partner_adapters.identity.exchange.host_page import BringingConfig, BringingHost, same
from partner_adapters.identity.fields.mapping import FieldMap, Particulars, read_particulars
from partner_adapters.identity.fields.paths import Expression
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login, Statement, VerifiedIdentity
from partner_adapters.kit.values import canonical
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.guomi import sm2
from partner_adapters.kit.values.moments import MomentFormat
from partner_adapters.kit.values.settings import FileText, Settings, Url

MAX_CHARS = 4096


def _rsa_key(pem: str) -> str:
    canonical.rsa_public_key(pem)
    return pem


def _sm2_key(pem: str) -> str:
    sm2.PublicKey.from_pem(pem)
    return pem


class Rsa2Seal(Settings):
    """SHA256withRSA, base64."""

    kind: Literal["rsa2"]
    public_key: Annotated[FileText, AfterValidator(_rsa_key)]
    """PEM; the host's."""

    def holds(self, text: str, signature: str) -> bool:
        return canonical.rsa2_holds(self.public_key, text, signature)


class Sm2Seal(Settings):
    """SM2 with SM3."""

    kind: Literal["sm2"]
    public_key: Annotated[FileText, AfterValidator(_sm2_key)]
    """PEM; the host's."""
    distinguishing_id: str = Field(min_length=1, max_length=64)
    encoding: canonical.Encoding = "hex"
    form: Literal["der", "raw"] = "der"

    def holds(self, text: str, signature: str) -> bool:
        return canonical.sm2_holds(
            self.public_key,
            text,
            signature,
            self.distinguishing_id,
            self.encoding,
            raw=self.form == "raw",
        )


class SealedConfig(BringingConfig):
    """`[partners.<id>.identity]` with `dialect = "sealed"`; h5app and the bank each have one, with a key of its own."""

    CLIENT_KEY: ClassVar = "app_id"

    dialect: Literal["sealed"]
    issuer: Url
    """Whose subjects these are."""
    app_id: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    parameter: Parameter
    """Of `/enter`: the text that the host pushes."""
    cipher: Cipher
    signature: Annotated[Rsa2Seal | Sm2Seal, Field(discriminator="kind")] | None = None
    """Over the sealed text as it stands before the separator."""
    separator: str = Field(default=".", min_length=1, max_length=1)
    fields: FieldMap
    """JMESPath over what was sealed."""
    made_at: Expression
    """When the host sealed it."""
    made_at_format: MomentFormat = MomentFormat(format="epoch_ms")
    nonce: Expression
    """A text of one use; in an answer of `page` the `state` of the question."""
    life_s: int = Field(default=60, ge=10, le=300)
    """How long after `made_at` it may arrive."""


@dataclass(frozen=True)
class _Opened:
    content: Any
    said: Particulars


class SealedVerifier:
    """The bank's side."""

    def __init__(self, partner: str, config: SealedConfig) -> None:
        self._partner = partner
        self._config = config

    @property
    def issuer(self) -> str:
        return self._config.issuer

    async def seen(self, evidence: str) -> VerifiedIdentity:
        return self.identity(self.opened(evidence), evidence)

    async def person(self, statement: Statement) -> VerifiedIdentity:
        if statement.particulars:
            raise IdentityUntrusted(Code.MALFORMED, "particulars beside a sealed text that has them")
        return await self.seen(statement.evidence)

    def opened(self, text: str) -> _Opened:
        """Signed by the host, where it signs, and what it holds; how old it is is another question."""
        config, sealed = self._config, text
        if len(text) > MAX_CHARS:
            raise IdentityUntrusted(Code.MALFORMED, "a sealed text too long")
        if config.signature is not None:
            sealed, _, signature = text.partition(config.separator)
            if not config.signature.holds(sealed, signature):
                raise IdentityUntrusted(Code.BAD_SIGNATURE, config.signature.kind)
        try:
            content = open_sealed(config.cipher, sealed)
        except ValueError:
            raise IdentityUntrusted(Code.MALFORMED, "the sealed text cannot be opened") from None
        return _Opened(content, read_particulars(config.fields, content))

    def identity(self, opened: _Opened, text: str) -> VerifiedIdentity:
        return identity_of(self._partner, opened.said, text, checkable=self._config.signature is not None)


class SealedHost(BringingHost):
    """h5app's side."""

    def __init__(self, partner: str, config: SealedConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._verifier = SealedVerifier(partner, config)

    @property
    def pushed_as(self) -> str:
        return self._config.parameter

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        text = self._answer(answer, attempt)
        opened = self._verifier.opened(text)
        nonce = self._found(opened, self._config.nonce, "nonce")
        if not isinstance(nonce, str) or not same(nonce, attempt.state):
            raise IdentityUntrusted(Code.WRONG_NONCE)
        login = self._login(opened, text)
        checked_at = login.identity.verified_at
        if attempt.fresh and checked_at is not None:
            age_s = (self._clock.wall() - checked_at).total_seconds()
            if age_s > max_age_s + self._config.clock_skew_s:
                raise IdentityUntrusted(Code.STALE)
        return login

    async def receive(self, pushed: str) -> Login:
        return self._login(self._verifier.opened(pushed), pushed)

    def signed_part(self, pushed: str) -> str:
        return pushed.partition(self._config.separator)[0] if self._config.signature else pushed

    def _login(self, opened: _Opened, text: str) -> Login:
        self._must_be_new(opened)
        return Login(self._verifier.identity(opened, text), Statement(text, ""))

    def _must_be_new(self, opened: _Opened) -> None:
        config = self._config
        try:
            made_at = config.made_at_format.read(self._found(opened, config.made_at, "made_at"))
        except ValueError:
            raise IdentityUntrusted(Code.MALFORMED, "made_at") from None
        age_s = (self._clock.wall() - made_at).total_seconds()
        if age_s < -config.clock_skew_s:
            raise IdentityUntrusted(Code.NOT_YET_VALID, "sealed in the future")
        if age_s > config.life_s + config.clock_skew_s:
            raise IdentityUntrusted(Code.EXPIRED)

    def _found(self, opened: _Opened, path: Expression, what: str) -> Any:
        try:
            return path.find(opened.content)
        except ValueError:
            raise IdentityUntrusted(Code.MALFORMED, what) from None
