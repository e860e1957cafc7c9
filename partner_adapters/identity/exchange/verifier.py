"""Hosts with calls, the bank's side: it checks the host's signature, or asks the host, or accepts a login only."""

from __future__ import annotations

from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.exchange import statements
from partner_adapters.identity.exchange.answers import SignedText, judge, signed_value
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Asked, Flow, Signed
from partner_adapters.identity.exchange.host import identity_of
from partner_adapters.identity.exchange.step_runner import StepRunner
from partner_adapters.identity.fields.mapping import Particulars, read_particulars
from partner_adapters.identity.identity import Statement, VerifiedIdentity
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient


class ExchangeVerifier:
    """Verifies with the bank's own registration, never with h5app's credentials."""

    def __init__(self, partner: str, config: ExchangeConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._runner = StepRunner(config, http, clock)

    @property
    def issuer(self) -> str:
        return self._config.addresses.api

    @property
    def clock_skew_s(self) -> int:
        return self._config.clock_skew_s

    async def verify_evidence(self, evidence: str) -> VerifiedIdentity:
        value = statements.parse(evidence)
        named = value.get("flow") if isinstance(value, dict) else None
        flow = next((flow for name, flow in self._config.flows.items() if name == named), None)
        if flow is None:
            raise IdentityUntrusted(Code.MALFORMED, "statement: unknown flow")
        statement: statements.SignedStatement | statements.AskedStatement | statements.ToldStatement
        match flow.proof:
            case Signed():
                statement = statements.read_as(statements.SignedStatement, value)
                said = self._signed(flow, statement)
            case Asked():
                statement = statements.read_as(statements.AskedStatement, value)
                said = await self._asked(flow, statement)
            case _:
                statement = statements.read_as(statements.ToldStatement, value)
                said = _told(statement)
        return identity_of(
            self._partner,
            said,
            evidence,
            statements.content_of(statement),
            checkable=isinstance(flow.proof, Signed | Asked),
            repeats=named == "login",
        )

    async def verify_statement(self, statement: Statement) -> VerifiedIdentity:
        if statement.particulars:
            raise IdentityUntrusted(Code.MALFORMED, "particulars besides a statement that contains them")
        return await self.verify_evidence(statement.evidence)

    def _signed(self, flow: Flow, statement: statements.SignedStatement) -> Particulars:
        answer = signed_value(self._config, flow.last, SignedText(statement.content, statement.signature))
        return read_particulars(flow.fields, judge(self._config, flow.last, answer, {}).answer)

    async def _asked(self, flow: Flow, statement: statements.AskedStatement) -> Particulars:
        assert isinstance(flow.proof, Asked)
        if set(statement.carried) != set(flow.proof.carry):
            raise IdentityUntrusted(Code.MALFORMED, "statement: other variables")
        outcome = await self._runner.run(flow.asked, statement.carried)
        return read_particulars(flow.fields, outcome.last.answer)


def _told(statement: statements.ToldStatement) -> Particulars:
    return Particulars(statement.subject, statements.holder_of(statement), None, (), None, None)
