"""A host that hands a customer over by an encrypted, signed address: `…/enter?p=<sealed>.<signature>`.

The bank decrypts the same text with its own key and checks the signature. Without a signature the sender is not
proven, so the text may serve a login but is never evidence for an action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field
from starlette.datastructures import QueryParams

from partner_adapters.identity.clocks import check_not_ahead
from partner_adapters.identity.crypto.ciphers import Cipher, open_sealed
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange.flow import Parameter
from partner_adapters.identity.exchange.host import identity_of
from partner_adapters.identity.exchange.host_page import HandOverConfig, HandOverHost
from partner_adapters.identity.fields.mapping import FieldMap, Particulars, read_particulars
from partner_adapters.identity.fields.paths import Expression
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login, Statement, VerifiedIdentity
from partner_adapters.identity.sign_out import SignedOut, read_notice
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
    """The host's public key, PEM."""

    def holds(self, text: str, signature: str) -> bool:
        return canonical.rsa2_holds(self.public_key, text, signature)


class Sm2Seal(Settings):
    """SM2 with SM3."""

    kind: Literal["sm2"]
    public_key: Annotated[FileText, AfterValidator(_sm2_key)]
    """The host's public key, PEM."""
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


class SealedConfig(HandOverConfig):
    """`[partners.<id>.identity]` with `dialect = "sealed"`; h5app and the bank each have one, with a key of its own."""

    CLIENT_KEY: ClassVar = "app_id"

    dialect: Literal["sealed"]
    issuer: Url
    """The issuer of the subjects."""
    app_id: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    parameter: Parameter
    """The parameter of `/enter` with the text that the host sends."""
    cipher: Cipher
    signature: Annotated[Rsa2Seal | Sm2Seal, Field(discriminator="kind")] | None = None
    """The signature covers the sealed text before the separator. None: the host does not sign."""
    separator: str = Field(default=".", min_length=1, max_length=1)
    fields: FieldMap
    """JMESPath over the decrypted JSON."""
    made_at: Expression
    """Where the time is at which the host sealed the text."""
    made_at_format: MomentFormat = MomentFormat(format="epoch_ms")
    nonce: Expression
    """A value that is accepted once. In an answer of `page` it is our `state`."""
    life_s: int = Field(default=60, ge=10, le=300)
    """How long after `made_at` the text may arrive."""


@dataclass(frozen=True)
class _Opened:
    content: Any
    said: Particulars


def _found(opened: _Opened, path: Expression, what: str) -> Any:
    try:
        return path.find(opened.content)
    except ValueError:
        raise IdentityUntrusted(Code.MALFORMED, what) from None


class SealedVerifier:
    """The bank's side: decrypts and checks the address again."""

    def __init__(self, partner: str, config: SealedConfig, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._clock = clock

    @property
    def issuer(self) -> str:
        return self._config.issuer

    @property
    def clock_skew_s(self) -> int:
        return self._config.clock_skew_s

    async def verify_evidence(self, evidence: str) -> VerifiedIdentity:
        opened = self.opened(evidence)
        check_not_ahead(self.made_at(opened), self._clock.wall(), self._config.clock_skew_s, "made_at")
        return self.identity(opened, evidence)

    async def verify_statement(self, statement: Statement) -> VerifiedIdentity:
        if statement.particulars:
            raise IdentityUntrusted(Code.MALFORMED, "particulars beside a sealed text that has them")
        return await self.verify_evidence(statement.evidence)

    def opened(self, text: str) -> _Opened:
        """Check the signature, if the host signs, and return the content. The caller checks how old it is."""
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

    def made_at(self, opened: _Opened) -> datetime:
        """Return when the host sealed the text. Raises `IdentityUntrusted`."""
        try:
            return self._config.made_at_format.read(_found(opened, self._config.made_at, "made_at"))
        except ValueError:
            raise IdentityUntrusted(Code.MALFORMED, "made_at") from None

    def identity(self, opened: _Opened, text: str) -> VerifiedIdentity:
        # Its nonce is our `state` in an answer of the page, and the host's own in a push. It does not say which.
        signed = self._config.signature is not None
        content = text.partition(self._config.separator)[0] if signed else text
        return identity_of(self._partner, opened.said, text, content, checkable=signed)


class SealedHost(HandOverHost):
    """h5app's side: receives addresses and requests checks."""

    def __init__(self, partner: str, config: SealedConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._verifier = SealedVerifier(partner, config, clock)

    @property
    def pushed_as(self) -> str:
        return self._config.parameter

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        text = self._answer(answer, attempt)
        opened = self._verifier.opened(text)
        nonce = _found(opened, self._config.nonce, "nonce")
        if not isinstance(nonce, str) or not canonical.equal(attempt.state, nonce):
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

    @property
    def tells_sign_out(self) -> bool:
        return self._config.signature is not None

    async def read_sign_out(self, form: Mapping[str, str]) -> SignedOut:
        config = self._config
        assert config.signature is not None
        return read_notice(
            form, config.app_id, config.signature.holds, self._clock.wall(), config.clock_skew_s
        )

    def signed_part(self, pushed: str) -> str:
        return pushed.partition(self._config.separator)[0] if self._config.signature else pushed

    def _login(self, opened: _Opened, text: str) -> Login:
        self._must_be_new(opened)
        return Login(self._verifier.identity(opened, text), Statement(text, ""))

    def _must_be_new(self, opened: _Opened) -> None:
        config, now, made_at = self._config, self._clock.wall(), self._verifier.made_at(opened)
        check_not_ahead(made_at, now, config.clock_skew_s, "made_at")
        if (now - made_at).total_seconds() > config.life_s + config.clock_skew_s:
            raise IdentityUntrusted(Code.EXPIRED)
