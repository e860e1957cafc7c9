"""Describe a partner's block in text: what the customer sees, which calls follow, what the bank checks and refuses."""

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
    "face.bridge.script: the host's script runs in our origin during a session. Its author can read the customer's "
    "pages and press their buttons, with this very check. Without `bridge` in `face`, the host's own page makes the "
    "check."
)


def describe(partner: Partner) -> Iterator[str]:
    """Return the lines to print, indented by depth. They contain no secret."""
    yield f"{partner.id}: {partner.name['en']} ({partner.name['zh']}) at {partner.bank_name['en']}"
    yield from (f"  {line}" for line in _listing(partner))
    for other, seen in partner.containers.items():
        hints = [f"a browser with {seen.user_agent} in its name"] if seen.user_agent else []
        hints += [f"/enter with {name}={value}" for name, value in seen.launch.items()]
        yield f"  {' and '.join(hints)} is served by {other}"
    yield from (f"  {line}" for line in _identity(partner))
    yield "  Accepted checks for each action"
    yield from (f"    {line}" for line in _policy(partner.step_up))


def _listing(partner: Partner) -> Iterator[str]:
    bank, entry = partner.bank, partner.bank.listed(partner.id)
    yield f"{bank.full_name['en']}, licence {bank.licence}, telephone {bank.phone}"
    assert entry is not None  # else the file was refused
    yield (
        f"Operated by {entry.operator['en']}; on the bank's list since {entry.since}, "
        f"which is of {bank.listed_on} and names {len(bank.partners)}"
    )


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
    yield f"  1. The app opens /{partner.id}/enter with {config.parameter}, at most {config.life_s} s old, only once."
    yield "  2. The customer agrees to be handed over, sees whose login this is, and confirms it."
    if config.signature is None:
        yield "  Nothing is signed: the bank accepts the particulars, but no check."
    else:
        yield f"  The bank decrypts it too, and checks the {config.signature.kind} signature itself."
    yield from _host_page(config.page)


def _assertion(config: AssertionConfig, partner: Partner) -> Iterator[str]:
    yield f"Signed assertions by {config.issuer}, to {config.audience}"
    yield f"  1. The partner's server posts one to /{partner.id}/launch, which answers with an address for the browser."
    yield "     Its header has the type launch+jwt, or check+jwt as an answer of the page. Every other type is refused."
    yield "  2. The customer agrees to be handed over, sees whose login this is, and confirms it."
    yield f"  The bank checks the signature itself, with the keys at {config.jwks_url}."
    yield from _host_page(config.page)


def _host_page(page: HostPage | None) -> Iterator[str]:
    if page is None:
        yield "  No page: customers enter from the app only, and use the check without a face."
    else:
        yield f"  For a face check, and for a login that we begin, the customer sees {page.url}."


def _oidc(config: OidcConfig) -> Iterator[str]:
    yield f"OpenID Connect at {config.issuer}, as {config.client_id} ({config.client_auth})"
    pushed = ", with a pushed request" if config.pushed_requests else ""
    yield f"  1. The customer is sent to a page at {' or '.join(config.page_origins)}{pushed}."
    if config.response_mode != "query":
        yield "     Its page answers by a form that it posts to /callback."
    yield "  2. token: the code is redeemed once, with PKCE."
    source = config.particulars.source
    if source != "id_token":
        yield f"  3. userinfo: {'signed' if source == 'signed_userinfo' else 'plain'}."
    methods = ", ".join(config.required_amr) or "no method"
    yield f"  Required: {methods}; level: one of {', '.join(config.acr_values) or 'any'}."
    yield "  The bank checks the id_token with the published keys" + (
        ", and asks for userinfo itself." if source == "userinfo" else " and what is signed with it."
    )


def _calls(config: ExchangeConfig, partner: Partner) -> Iterator[str]:
    yield f"{type(config).__name__.removesuffix('Config')} in environment {config.environment}, as {config.app_id}"
    yield f"  calls go to {config.addresses.api}, customers to {config.pages}"
    for name, flow in config.flows.items():
        yield {"login": "A login", "face": "A face check"}[name]
        yield from (f"  {line}" for line in _flow(config, flow, partner.id))
    if config.face is not None and config.face.bridge is not None and config.face.bridge.script is not None:
        yield f"WARNING: {_GUEST_WITH_A_SESSION}"
    if config.face is None:
        yield "No face check: customers use the check without a face."
    known = ", ".join(f"{said} = {code.value}" for said, code in config.errors.items())
    yield f"Errors: {known or 'those of RFC 6749'}; any other is identity.refused"


def _flow(config: ExchangeConfig, flow: Flow, partner: str) -> Iterator[str]:
    page = f"the customer sees {config.pages}{flow.entry.path}" if flow.entry else ""
    if flow.bridge is not None:
        asked = f"our page calls the app's bridge ({flow.bridge.ability})"
        asked += f", provided by {flow.bridge.script}, which runs in that page" if flow.bridge.script else ""
        page = f"{asked}; without a bridge, {page}" if page else asked
    state = (
        f"our state as {flow.back.state}"
        if flow.back.state
        else "without state: the browser's latest attempt counts"
    )
    where = {"query": "", "second_query": " after a second ?", "fragment": " after #", "form": " in a form"}[
        flow.back.place
    ]
    back = f"returns to /{partner}/callback with {flow.back.value}{where} and {state}"
    yield f"1. {page[0].upper()}{page[1:]}, and {back}."
    if flow.bridge is not None:
        yield "Only our own form ties the bridge's result to its attempt: the bridge gets neither state nor PKCE."
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
        yield f"cached for {step.keep_s} s."
    else:
        yield "may be repeated." if step.repeatable else "never repeated."
    if step.signature is not None:
        yield f"Its answer must have the host's signature ({config.signers[step.signature.signer].kind})."
    if step.opens is not None:
        yield f"A part of it is decrypted with {step.opens.cipher} ({config.ciphers[step.opens.cipher].kind})."
    if step.agrees:
        yield f"It must contain the same {', '.join(step.agrees)}."


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
            return "The bank accepts what h5app says, for a login only: it is not evidence for an action."


def _policy(policy: StepUpPolicy) -> Iterator[str]:
    for action in StepUpPolicy.model_fields:
        yield f"{action}: {', or '.join(_accepted(check) for check in getattr(policy, action))}"


def _accepted(check: AcceptedCheck) -> str:
    methods = " and ".join(check.methods) or "no method"
    level = f" at level {' or '.join(check.assurance)}" if check.assurance else ""
    age = "at any time" if check.undated else f"at most {check.max_age_s} s ago"
    limit = f", up to {check.limit_fen // 100} yuan" if check.limit_fen is not None else ""
    return f"{methods}{level} {age}{limit}"
