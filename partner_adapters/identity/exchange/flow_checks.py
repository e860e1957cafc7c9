"""What must fit together in the block of a host with calls, so that a mistake stops the start and not a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from partner_adapters.identity.crypto.ciphers import Sm2Sealed
from partner_adapters.identity.crypto.signers import Rsa2, Sm2
from partner_adapters.identity.exchange.calls import call_of
from partner_adapters.identity.exchange.flow import Asked, Flow, Signed, Step, Told
from partner_adapters.identity.exchange.registration import Registration
from partner_adapters.identity.fields.templates import variables_in

# Variables that are the same for every customer.
APP = frozenset({"app_id", "app_secret"})
# Variables of one attempt.
ATTEMPT = frozenset({"redirect_uri", "state", "nonce", "code_challenge", "code_verifier"})
_TRIAL = datetime(2026, 1, 1, tzinfo=UTC)


def faults_of(config: Registration) -> Iterator[str]:
    """Return every fault as one sentence that begins with its key."""
    for name, flow in config.flows.items():
        yield from (f"{name}.{fault}" for fault in _flow(config, flow))
    if config.face is not None:
        if isinstance(config.face.proof, Told):
            yield "face.proof: the bank cannot check this face check, so it proves nothing: leave out `face`"
        kept = {step.name: step for step in config.login.steps if step.keep_s is not None}
        for step in config.face.steps:
            if step.keep_s is not None and kept.get(step.name, step) != step:
                yield f"face.steps.{step.name}: login caches a different call under this name"
        if (config.face.back.state is None) != (config.login.back.state is None):
            yield "face.back.state: must return for both, login and face, or for neither"
        if (config.face.back.place == "fragment") != (config.login.back.place == "fragment"):
            yield "face.back.place: must be fragment for both, login and face, or for neither"


def _flow(config: Registration, flow: Flow) -> Iterator[str]:
    yield from _entry(flow)
    names = [step.name for step in flow.steps]
    yield from (f"steps.{name}: appears twice" for name in sorted({n for n in names if names.count(n) > 1}))
    known = APP | (ATTEMPT - {"code_challenge"}) | {flow.back.value}
    if config.app_secret is None:
        known -= {"app_secret"}
    for step in flow.steps:
        yield from (f"steps.{step.name}.{fault}" for fault in _step(config, flow, step, known))
        known |= step.take.keys()
    yield from _proof(config, flow)


def _entry(flow: Flow) -> Iterator[str]:
    if flow.back.value in APP | ATTEMPT:
        yield f"back.value: {flow.back.value} is already the name of one of our variables"
    redeemed = frozenset().union(*(_variables(step) for step in flow.steps))
    if flow.bridge is not None and "code_verifier" in redeemed:
        # A host that accepts a verifier for a code without a challenge would accept it with a stolen code too.
        yield "bridge: its code has no {code_challenge}, so {code_verifier} cannot be used: choose PKCE or a bridge"
    if flow.entry is None:
        if flow.bridge is None:
            yield "entry: is missing, and so is bridge"
        return
    used = variables_in(flow.entry.query)
    yield from _unknown("entry.query", used, (ATTEMPT | {"app_id"}) - {"code_verifier"})
    if "redirect_uri" not in used:
        yield "entry.query: lacks {redirect_uri}, so the host could not redirect back"
    if flow.back.state is not None and "state" not in used:
        yield "entry.query: lacks {state}, which back.state expects"
    if ("code_challenge" in used) != ("code_verifier" in redeemed):
        yield "entry.query: {code_challenge} here and {code_verifier} in a step must be used together"


def _step(config: Registration, flow: Flow, step: Step, known: frozenset[str]) -> Iterator[str]:
    for key in ("query", "form", "json_body", "headers"):
        yield from _unknown(key.removesuffix("_body"), variables_in(getattr(step, key)), known)
    yield from _unknown("agrees", frozenset(step.agrees), known)
    if taken := sorted(step.take.keys() & (APP | ATTEMPT | {flow.back.value})):
        yield f"take.{taken[0]}: is already a variable"
    if step.form is not None and step.json_body is not None:
        yield "json: a call may have a form or a JSON body, not both"
    if step.method == "GET" and (step.form is not None or step.json_body is not None):
        yield "method: GET cannot have a body"
    if step.keep_s is not None:
        yield from _kept(flow, step)
    yield from _signing(config, step)
    yield from _sealing(config, step, known)


def _kept(flow: Flow, step: Step) -> Iterator[str]:
    if not step.repeatable:
        yield "keep_s: needs repeatable = true"
    if not step.take or step is flow.last:
        yield "keep_s: needs a later step that uses what this one takes"
    if personal := sorted((_variables(step) | step.agrees.keys()) - APP):
        yield f"keep_s: {{{personal[0]}}} belongs to one customer, so the answer must not serve others"


def _signing(config: Registration, step: Step) -> Iterator[str]:
    if step.sign is not None and step.sign not in config.signers:
        yield f"sign: there is no signers.{step.sign}"
    else:
        values: Mapping[str, str] = dict.fromkeys(_variables(step), "x")
        try:
            call_of(config.addresses.api, step, values, config.signers, _TRIAL)
        except ValueError as error:
            yield f"sign: {error}"
    if step.signature is None:
        return
    signer = config.signers.get(step.signature.signer)
    if not isinstance(signer, Rsa2 | Sm2) or signer.public_key is None:
        yield f"signature.signer: {step.signature.signer} is not an rsa2 or sm2 signer with the host's public_key"
    if step.answer != "json":
        yield "signature: only a JSON answer can have one"


def _sealing(config: Registration, step: Step, known: frozenset[str]) -> Iterator[str]:
    if step.opens is None:
        return
    cipher = config.ciphers.get(step.opens.cipher)
    if cipher is None:
        yield f"opens.cipher: there is no ciphers.{step.opens.cipher}"
        return
    has_key = isinstance(cipher, Sm2Sealed) or cipher.key is not None
    if has_key == (step.opens.key is not None):
        yield f"opens.key: must be given exactly when ciphers.{step.opens.cipher} has no key"
    if step.opens.key is not None:
        yield from _unknown("opens.key", frozenset({step.opens.key}), known)
    if (getattr(cipher, "iv_from", None) == "beside") != (step.opens.iv is not None):
        yield f'opens.iv: must be given exactly when ciphers.{step.opens.cipher} has iv_from = "beside"'


def _proof(config: Registration, flow: Flow) -> Iterator[str]:
    match flow.proof:
        case Signed():
            if flow.last.signature is None:
                yield f"proof: signed, but steps.{flow.last.name} has no signature"
            # One key signs many kinds of answers. `success` is how the bank distinguishes them.
            elif flow.last.success is None:
                yield f"steps.{flow.last.name}.success: is missing: it must not be true for any other signed answer"
            if flow.last.opens is not None and flow.last.opens.key is not None:
                yield f"steps.{flow.last.name}.opens.key: the bank does not have a key that a call returned"
        case Asked():
            yield from _asked(config, flow, flow.proof)
        case Told():
            pass


def _asked(config: Registration, flow: Flow, proof: Asked) -> Iterator[str]:
    taken = frozenset().union(*(step.take for step in flow.steps))
    yield from _unknown("proof.carry", frozenset(proof.carry), taken | {flow.back.value})
    if tuple(step.name for step in flow.asked) != proof.steps or flow.last not in flow.asked:
        yield "proof.steps: must be steps of this flow in their order, and include the last one"
    known = (APP if config.app_secret else APP - {"app_secret"}) | frozenset(proof.carry)
    for step in flow.asked:
        if not step.repeatable:
            yield f"proof.steps: {step.name} is not repeatable, so the bank cannot make this call again"
        opened_with = frozenset({step.opens.key}) if step.opens and step.opens.key else frozenset()
        yield from _unknown(f"proof.steps: {step.name}", _variables(step) | opened_with, known)
        known |= step.take.keys()


def _variables(step: Step) -> frozenset[str]:
    parts = (step.query, step.form, step.json_body, step.headers)
    return frozenset().union(*(variables_in(part) for part in parts))


def _unknown(key: str, used: frozenset[str], known: frozenset[str]) -> Iterator[str]:
    for name in sorted(used - known):
        yield f"{key}: {{{name}}} is not known here; known are {', '.join(sorted(known))}"
