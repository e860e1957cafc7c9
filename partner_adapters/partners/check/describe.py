"""A partner's block in words: what the person sees, which calls follow, what the bank checks, who is refused."""

from __future__ import annotations

from collections.abc import Iterator

from partner_adapters.identity.assertion.host import AssertionConfig
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import Asked, Flow, Signed, Step
from partner_adapters.identity.exchange.host_page import HostPage
from partner_adapters.identity.exchange.registration import PRODUCTION
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.policy import AcceptedCheck, StepUpPolicy
from partner_adapters.identity.sealed.host import SealedConfig
from partner_adapters.partners.partner import Partner

_SIGNED_BY = {
    "md5_concat": "MD5 over joined values",
    "sm3_concat": "SM3 over sorted parameters",
    "hmac_sha256_headers": "HMAC-SHA256 in headers",
    "rsa2": "SHA256withRSA over sorted parameters",
    "sm2": "SM2 with SM3 over sorted parameters",
}
_GUEST_WITH_A_SESSION = (
    "face.bridge.script: the host's script runs in our origin while a session lives: whoever writes it can read that "
    "person's pages and press their buttons, with this very check. Leave the bridge out of face, and the host's own "
    "page makes the check."
)


def explain(partner: Partner) -> Iterator[str]:
    """One line each, indented by depth. Names no secret."""
    yield f"{partner.id}: {partner.name['en']} ({partner.name['zh']}) at {partner.bank_name['en']}"
    for other, seen in partner.containers.items():
        hints = [f"a browser that names {seen.user_agent}"] if seen.user_agent else []
        hints += [f"/enter with {name}={value}" for name, value in seen.launch.items()]
        yield f"  {' and '.join(hints)} is served by {other}"
    yield from (f"  {line}" for line in _identity(partner))
    yield "  What an action needs"
    yield from (f"    {line}" for line in _policy(partner.step_up))


def _identity(partner: Partner) -> Iterator[str]:
    match partner.identity:
        case OidcConfig() as config:
            return _oidc(config)
        case SealedConfig() as config:
            return _sealed(config, partner)
        case AssertionConfig() as config:
            return _assertion(config, partner)
        case config:
            return _calls(config, partner)


def _sealed(config: SealedConfig, partner: Partner) -> Iterator[str]:
    yield f"Sealed addresses by {config.issuer}, to {config.app_id}"
    yield f"  1. The app opens /{partner.id}/enter with {config.parameter}, at most {config.life_s} s old, once."
    yield "  2. The person sees who would enter, and goes on."
    if config.signature is None:
        yield "  Nothing is signed: the bank believes the particulars, and no check."
    else:
        yield f"  The bank opens it too and checks the {config.signature.kind} signature itself."
    yield from _host_page(config.page)


def _assertion(config: AssertionConfig, partner: Partner) -> Iterator[str]:
    yield f"Signed assertions by {config.issuer}, to {config.audience}"
    yield f"  1. The partner's server posts one to /{partner.id}/launch and sends the browser to the address it gets."
    yield "  2. The person sees who would enter, and goes on."
    yield f"  The bank checks the signature itself, with the keys at {config.jwks_url}."
    yield from _host_page(config.page)


def _host_page(page: HostPage | None) -> Iterator[str]:
    if page is None:
        yield "  No page: people enter from the app only, and are checked in the way without a face check."
    else:
        yield f"  For a face check, and for logins that begin at our side, the person sees {page.url}."


def _oidc(config: OidcConfig) -> Iterator[str]:
    yield f"OpenID Connect at {config.issuer}, as {config.client_id} ({config.client_auth})"
    pushed = ", by a pushed request" if config.pushed_requests else ""
    yield f"  1. The person is sent to a page at {' or '.join(config.page_origins)}{pushed}."
    yield "  2. token: the code is redeemed, once, with PKCE."
    source = config.particulars.source
    if source != "id_token":
        yield f"  3. userinfo: {'signed' if source == 'signed_userinfo' else 'plain'}."
    methods = ", ".join(config.required_amr) or "no method"
    yield f"  Needed: {methods}; one of {', '.join(config.acr_values) or 'any level'}."
    yield "  The bank checks the id_token with the published keys" + (
        ", and asks for userinfo itself." if source == "userinfo" else " and what is signed with it."
    )


def _calls(config: ExchangeConfig, partner: Partner) -> Iterator[str]:
    yield f"{type(config).__name__.removesuffix('Config')} in environment {config.environment}, as {config.app_id}"
    yield f"  calls go to {config.addresses.api}, people to {config.pages}"
    for name, flow in config.flows.items():
        yield {"login": "A login", "face": "A face check"}[name]
        yield from (f"  {line}" for line in _flow(config, flow, partner.id))
    if config.face is not None and config.face.bridge is not None and config.face.bridge.script is not None:
        yield f"WARNING: {_GUEST_WITH_A_SESSION}"
    if config.face is None:
        yield "No face check: people are checked in the way without it."
    known = ", ".join(f"{said} = {code.value}" for said, code in config.errors.items())
    yield f"Errors: {known or 'those of RFC 6749'}; any other is identity.refused"


def _flow(config: ExchangeConfig, flow: Flow, partner: str) -> Iterator[str]:
    page = f"the person sees {config.pages}{flow.entry.path}" if flow.entry else ""
    if flow.bridge is not None:
        asked = f"our page asks the app's bridge ({flow.bridge.ability})"
        asked += f", brought by {flow.bridge.script}, which runs in that page" if flow.bridge.script else ""
        page = f"{asked}; where there is none, {page}" if page else asked
    state = (
        f"our state as {flow.back.state}"
        if flow.back.state
        else "no state: the browser's latest attempt is meant"
    )
    where = {"query": "", "second_query": " behind a second ?", "fragment": " behind #"}[flow.back.place]
    back = f"comes back to /{partner}/callback with {flow.back.value}{where} and {state}"
    yield f"1. {page[0].upper()}{page[1:]}, and {back}."
    if flow.bridge is not None:
        yield "What the bridge gives is bound to its attempt by our own form alone: it is told no state, and no PKCE."
    for number, step in enumerate(flow.steps, start=2):
        yield f"{number}. {' '.join(_step(config, step))}"
    fields = [
        name for name in type(flow.fields).model_fields if getattr(flow.fields, name) and _is_field(name)
    ]
    yield f"Read from {flow.last.name}: {', '.join(fields)}."
    yield from _refused(config, flow)
    yield _bank(flow)


def _is_field(name: str) -> bool:
    return name not in (
        "user_types",
        "document_types",
        "assurance_levels",
        "method_names",
        "verified_at_format",
    )


def _step(config: ExchangeConfig, step: Step) -> Iterator[str]:
    yield f"{step.name}: {step.method} {config.addresses.api}{step.path},"
    if step.sign is not None:
        yield f"signed by {step.sign} ({_SIGNED_BY[config.signers[step.sign].kind]}),"
    if step.keep_s is not None:
        yield f"kept for {step.keep_s} s."
    else:
        yield "may be repeated." if step.repeatable else "never repeated."
    if step.signature is not None:
        yield f"Its answer must carry the host's signature ({config.signers[step.signature.signer].kind})."
    if step.opens is not None:
        yield f"A part of it is opened with {step.opens.cipher} ({config.ciphers[step.opens.cipher].kind})."
    if step.agrees:
        yield f"It must name the same {', '.join(step.agrees)}."


def _refused(config: ExchangeConfig, flow: Flow) -> Iterator[str]:
    for step in flow.steps:
        for refusal in step.refuse:
            yield f"Refused ({refusal.code.value}): {refusal.when.source}"
        if step.test_identities is not None:
            now = "Refused" if config.environment == PRODUCTION else "Would be refused in production"
            yield f"{now} as a test identity: {step.test_identities.source}"


def _bank(flow: Flow) -> str:
    match flow.proof:
        case Signed():
            return f"The bank checks the host's signature over the answer to {flow.last.name} itself."
        case Asked(carry=carry, steps=steps):
            return f"The bank asks the host itself ({', '.join(steps)}) with {', '.join(carry)}."
        case _:
            return "The bank believes what we say, for a login only: it is no evidence for an action."


def _policy(policy: StepUpPolicy) -> Iterator[str]:
    for action in StepUpPolicy.model_fields:
        yield f"{action}: {', or '.join(_way(way) for way in getattr(policy, action))}"


def _way(way: AcceptedCheck) -> str:
    methods = " and ".join(way.methods) or "no method"
    level = f" at level {' or '.join(way.assurance)}" if way.assurance else ""
    age = "at whatever time" if way.undated else f"at most {way.max_age_s} s ago"
    limit = f", up to {way.limit_fen // 100} yuan" if way.limit_fen is not None else ""
    return f"{methods}{level} {age}{limit}"
