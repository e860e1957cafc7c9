"""Hosts with calls, h5app's side: redirect the customer, read the callback, make the calls."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from starlette.datastructures import QueryParams

from partner_adapters.identity.clocks import check_not_ahead, too_old
from partner_adapters.identity.errors import Code, IdentityDeclined, IdentityUntrusted, identity_error
from partner_adapters.identity.exchange import statements
from partner_adapters.identity.exchange.answers import is_value
from partner_adapters.identity.exchange.calls import pairs
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import STANDARD_ERRORS, Asked, Back, Flow, FlowName, Signed
from partner_adapters.identity.exchange.step_runner import Outcome, StepRunner
from partner_adapters.identity.fields.mapping import Particulars, read_particulars
from partner_adapters.identity.host import AskBridge, Attempt, Host, Redirect
from partner_adapters.identity.identity import Login, Statement, VerifiedIdentity, digest_of
from partner_adapters.identity.sign_out import SignedOut, read_notice
from partner_adapters.kit.values.canonical import equal, hmac_sha256
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient

# The parameter in which our own page sends `state` along with the result of the bridge.
BRIDGE_STATE = "state"


class ExchangeHost(Host):
    """One partner's host. Keep one for the process, because it caches tokens."""

    def __init__(self, partner: str, config: ExchangeConfig, http: HttpClient, clock: Clock) -> None:
        self._partner = partner
        self._config = config
        self._runner = StepRunner(config, http, clock)
        self._clock = clock

    @property
    def state_returns(self) -> bool:
        return self._config.login.back.state is not None

    @property
    def behind_hash(self) -> tuple[str, ...]:
        backs = [flow.back for flow in self._config.flows.values()]
        return tuple(dict.fromkeys(name for back in backs if back.place == "fragment" for name in back.names))

    @property
    def posts_answer(self) -> bool:
        return any(flow.back.place == "form" for flow in self._config.flows.values())

    @property
    def has_login_page(self) -> bool:
        return self._config.login.entry is not None

    @property
    def checks_faces(self) -> bool:
        return self._config.face is not None

    def state_of(self, answer: QueryParams) -> str:
        for flow in self._config.flows.values():
            said = _as_sent(flow.back, answer)
            name = flow.back.state
            if name is not None and name in said:
                return said[name]
            if flow.bridge is not None and BRIDGE_STATE in said:
                return said[BRIDGE_STATE]
        return ""

    @property
    def tells_sign_out(self) -> bool:
        return self._config.sign_out_secret is not None

    async def read_sign_out(self, form: Mapping[str, str]) -> SignedOut:
        config = self._config
        assert config.sign_out_secret is not None
        secret = config.sign_out_secret.get_secret_value()

        def holds(text: str, signature: str) -> bool:
            return equal(hmac_sha256(secret, text), signature)

        return read_notice(form, config.app_id, holds, self._clock.wall(), config.clock_skew_s)

    async def start(self, attempt: Attempt) -> Redirect | AskBridge:
        flow = self._flow(attempt)
        page = self._page(flow, attempt) if flow.entry is not None else None
        if flow.bridge is not None:
            bridge, app_id = flow.bridge, self._config.app_id
            return AskBridge(bridge.ability, flow.back.value, page, bridge.script, app_id, bridge.names)
        assert page is not None
        return Redirect(page)

    async def finish(self, answer: QueryParams, attempt: Attempt, *, max_age_s: int) -> Login:
        flow = self._flow(attempt)
        value = self._read_callback(answer, flow, attempt.state)
        given = {**_variables(attempt), flow.back.value: value}
        outcome = await self._runner.run(flow.steps, given)
        said = read_particulars(flow.fields, outcome.last.answer)
        self._check_age(said, max_age_s, outcome.last.ahead_s)
        statement = _statement("face" if attempt.fresh else "login", flow, said, outcome)
        evidence = statements.write(statement)
        checkable = not isinstance(statement, statements.ToldStatement)
        content = statements.content_of(statement)
        identity = identity_of(
            self._partner, said, evidence, content, checkable=checkable, repeats=not attempt.fresh
        )
        # The number of a check can be presented repeatedly, unlike a code, so we accept it once.
        return Login(identity, Statement(evidence, ""), value if attempt.fresh else None)

    def _flow(self, attempt: Attempt) -> Flow:
        flow = self._config.face if attempt.fresh else self._config.login
        if flow is None:
            raise IdentityDeclined(Code.NO_FACE_CHECK)
        return flow

    def _page(self, flow: Flow, attempt: Attempt) -> str:
        assert flow.entry is not None
        values = {"app_id": self._config.app_id, **_variables(attempt)}
        query = urlencode(pairs(flow.entry.query, values), quote_via=quote)
        url = f"{self._config.pages}{flow.entry.path}?{query}"
        return f"{url}#{flow.entry.fragment}" if flow.entry.fragment else url

    def _read_callback(self, answer: QueryParams, flow: Flow, state: str) -> str:
        back, said = flow.back, _as_sent(flow.back, answer)
        if len(said.multi_items()) != len(said):
            raise IdentityUntrusted(Code.MALFORMED, "callback: a parameter came twice")
        given = self.state_of(answer)
        if (back.state is not None or given) and not equal(state, given):
            raise IdentityUntrusted(Code.STATE_MISMATCH)
        if back.error is not None and back.error in said:
            code = (STANDARD_ERRORS | back.errors).get(said[back.error], Code.REFUSED)
            raise identity_error(code, "callback")
        value = said.get(back.value, "")
        if not value:
            raise identity_error(back.missing, f"callback: no {back.value}")
        if not is_value(value):
            raise IdentityUntrusted(Code.MALFORMED, f"callback: {back.value}")
        return value

    def _check_age(self, said: Particulars, max_age_s: int, ahead_s: float | None) -> None:
        if said.verified_at is None:
            return  # The bank's policy decides whether a check without a time is accepted.
        now, skew_s = self._clock.wall(), self._config.clock_skew_s
        check_not_ahead(said.verified_at, now, skew_s, "the check")
        if (now - said.verified_at).total_seconds() > max_age_s + skew_s:
            raise too_old(Code.STALE, ahead_s, skew_s)


def identity_of(
    partner: str, said: Particulars, evidence: str, content: str, *, checkable: bool, repeats: bool = False
) -> VerifiedIdentity:
    """Return a `VerifiedIdentity`. If the bank cannot check it, it does not say how and when the person was checked.

    `content`: what the evidence says, without its signature.
    """
    return VerifiedIdentity(
        partner=partner,
        subject=said.subject,
        holder=said.holder,
        assurance=said.assurance if checkable else None,
        methods=said.methods if checkable else (),
        verified_at=said.verified_at if checkable else None,
        evidence_id=said.evidence_id if checkable else None,
        evidence_digest=digest_of(evidence),
        content_digest=digest_of(content),
        repeats=repeats,
    )


def _statement(
    name: FlowName, flow: Flow, said: Particulars, outcome: Outcome
) -> statements.SignedStatement | statements.AskedStatement | statements.ToldStatement:
    match flow.proof:
        case Signed():
            assert outcome.last.signed is not None
            return statements.signed_statement(name, outcome.last.signed)
        case Asked(carry=names):
            return statements.AskedStatement(flow=name, carried={key: outcome.known[key] for key in names})
        case _:
            return statements.told_statement(name, said)


def _variables(attempt: Attempt) -> Mapping[str, str]:
    return {
        "redirect_uri": attempt.redirect_uri,
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_verifier": attempt.code_verifier,
        "code_challenge": create_s256_code_challenge(attempt.code_verifier),
    }


def _as_sent(back: Back, answer: QueryParams) -> QueryParams:
    """Return the parameters after undoing a second `?` in the address: `state=s?ticket=t` → state, ticket."""
    if back.place != "second_query":
        return answer
    listed: list[tuple[str, str]] = []
    for name, value in answer.multi_items():
        first, *rest = value.split("?")
        listed.append((name, first))
        listed += [pair for part in rest for pair in parse_qsl(part, keep_blank_values=True)]
    return QueryParams(listed)
