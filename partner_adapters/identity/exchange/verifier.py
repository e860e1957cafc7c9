"""Hosts with calls, the bank's side: the host's signature is checked, or the host asked, or little is believed."""

from __future__ import annotations

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange import statements
from partner_adapters.identity.exchange.answers import SignedText, judge, signed_value
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Asked, Flow, Signed
from partner_adapters.identity.exchange.host import identity_of
from partner_adapters.identity.exchange.steps import Exchange
from partner_adapters.identity.fields.mapping import Particulars, read_particulars
from partner_adapters.identity.identity import Statement, VerifiedIdentity
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient


class ExchangeVerifier:
    """With a block of the bank's own: never with h5app's credentials."""

    def __init__(self, partner: str, config: ExchangeConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._exchange = Exchange(config, http, clock)

    @property
    def issuer(self) -> str:
        return self._config.addresses.api

    async def seen(self, evidence: str) -> VerifiedIdentity:
        value = statements.parse(evidence)
        named = value.get("flow") if isinstance(value, dict) else None
        flow = next((flow for name, flow in self._config.flows.items() if name == named), None)
        if flow is None:
            raise IdentityUntrusted(Code.MALFORMED, "statement: no such flow")
        match flow.proof:
            case Signed():
                said = self._signed(flow, statements.as_words(statements.SignedWords, value))
            case Asked():
                said = await self._asked(flow, statements.as_words(statements.AskedWords, value))
            case _:
                said = _told(statements.as_words(statements.ToldWords, value))
        return identity_of(self._partner, said, evidence, checkable=isinstance(flow.proof, Signed | Asked))

    async def person(self, statement: Statement) -> VerifiedIdentity:
        if statement.particulars:
            raise IdentityUntrusted(Code.MALFORMED, "particulars beside a statement that has them")
        return await self.seen(statement.evidence)

    def _signed(self, flow: Flow, words: statements.SignedWords) -> Particulars:
        answer = signed_value(self._config, flow.last, SignedText(words.content, words.signature))
        return read_particulars(flow.fields, judge(self._config, flow.last, answer, {}).answer)

    async def _asked(self, flow: Flow, words: statements.AskedWords) -> Particulars:
        assert isinstance(flow.proof, Asked)
        if set(words.carried) != set(flow.proof.carry):
            raise IdentityUntrusted(Code.MALFORMED, "statement: other variables")
        outcome = await self._exchange.run(flow.asked, words.carried)
        return read_particulars(flow.fields, outcome.last.answer)


def _told(words: statements.ToldWords) -> Particulars:
    return Particulars(words.subject, statements.holder_of(words), None, (), None, None)
