"""Reading one answer of a host: signature, success or error, sealed part, refusals, and the variables taken from it.

Every function may raise `IdentityError`. The host's texts are neither shown nor logged. Its error codes are logged
only if the configuration names them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from pydantic import SecretStr

from partner_adapters.identity.crypto.ciphers import open_sealed
from partner_adapters.identity.crypto.signers import Rsa2, Sm2, verify
from partner_adapters.identity.errors import Code, IdentityUntrusted, identity_error
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.flow import MAX_VALUE, AnswerSignature, Sealed, Step
from partner_adapters.identity.exchange.registration import PRODUCTION
from partner_adapters.identity.fields.paths import Path, Paths, holds
from partner_adapters.kit.values import strict_json
from partner_adapters.kit.web.calls.http_client import Answer

OPENED = "opened"
_VISIBLE = re.compile(rf"[\x21-\x7E]{{1,{MAX_VALUE}}}")


@dataclass(frozen=True)
class SignedText:
    """A part of an answer, exactly as it was received, and the host's signature over it."""

    content: str
    signature: str


@dataclass(frozen=True)
class AcceptedAnswer:
    """An answer that was accepted, and the variables taken from it.

    `ahead_s`: how far the host's clock is ahead of ours by the answer's `Date`, None if it has none.
    """

    answer: object
    variables: Mapping[str, str]
    signed: SignedText | None = None
    ahead_s: float | None = None


def read(config: ExchangeConfig, step: Step, response: Answer, known: Mapping[str, str]) -> AcceptedAnswer:
    """Read the answer to a call of ours."""
    if step.signature is None:
        return judge(config, step, _parsed(step, response), known, response.status_code)
    signed = _signed_text(config, step, step.signature, response)
    accepted = judge(config, step, signed_value(config, step, signed), known, response.status_code)
    return AcceptedAnswer(accepted.answer, accepted.variables, signed)


def signed_value(config: ExchangeConfig, step: Step, signed: SignedText) -> object:
    """Return what the host signed, parsed, after checking the signature."""
    try:
        verify(_signer(config, step), signed.content, signed.signature)
    except IdentityUntrusted as error:
        raise IdentityUntrusted(error.code, f"{step.name}: {error.detail}") from None
    try:
        return strict_json.parse(signed.content)
    except ValueError:
        _malformed(step, "signed, but not JSON")


def judge(
    config: ExchangeConfig, step: Step, answer: object, known: Mapping[str, str], status: int = 200
) -> AcceptedAnswer:
    """Check everything but the signature. `agrees` is compared for the variables in `known`."""
    if not isinstance(answer, dict):
        _malformed(step, "not an object")
    if not _succeeded(config, step, answer, status):
        _refuse(config, step, answer, status)
    if step.opens is not None:
        answer = _opened(config, step, step.opens, answer, known)
    for refusal in step.refuse:
        if _holds(step, "refuse", refusal.when, answer):
            raise identity_error(refusal.code, f"{step.name}: refused by the configuration")
    test = step.test_identities if config.environment == PRODUCTION else None
    if test is not None and _holds(step, "test_identities", test, answer):
        raise identity_error(Code.VIRTUAL_ACCOUNT, f"{step.name}: a test identity in production")
    for name, paths in step.agrees.items():
        if name in known and value_at(step, name, paths, answer) != known[name]:
            raise IdentityUntrusted(Code.WRONG_SUBJECT, f"{step.name}: another {name}")
    return AcceptedAnswer(
        answer, {name: value_at(step, name, paths, answer) for name, paths in step.take.items()}
    )


def value_at(step: Step, name: str, paths: Paths, answer: object) -> str:
    """Return the first value found at `paths` as text.

    Raises `IdentityUntrusted` unless it is visible ASCII or a whole number.
    """
    candidates = (_find(step, name, path, answer) for path in paths)
    found = next((value for value in candidates if value is not None), None)
    text = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
    if not isinstance(text, str) or not is_value(text):
        raise IdentityUntrusted(Code.MALFORMED, f"{step.name}: {name}")
    return text


def is_value(text: str) -> bool:
    """Whether `text` can be a code, ticket or token."""
    return _VISIBLE.fullmatch(text) is not None


def _parsed(step: Step, response: Answer) -> object:
    try:
        text = response.content.decode()
        if step.answer == "json":
            return strict_json.parse(text)
        listed = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        if len(dict(listed)) != len(listed):
            raise ValueError
        return dict(listed)
    except ValueError:
        _unreadable(step, response)


def _signed_text(
    config: ExchangeConfig, step: Step, signature: AnswerSignature, response: Answer
) -> SignedText:
    try:
        members = strict_json.members(response.content.decode())
        content = next(members[node] for node in signature.nodes if node in members)
        value = strict_json.parse(content)
        sign = strict_json.parse(members.get(_signer(config, step).signature, "null"))
    except (ValueError, StopIteration):
        _unreadable(step, response)
    if isinstance(sign, str) and sign:
        return SignedText(content, sign)
    # Hosts do not sign an error if they do not know who called. An unsigned error gives an attacker nothing.
    if not _succeeded(config, step, value, response.status_code):
        _refuse(config, step, value, response.status_code)
    raise IdentityUntrusted(Code.BAD_SIGNATURE, f"{step.name}: not signed")


def _signer(config: ExchangeConfig, step: Step) -> Rsa2 | Sm2:
    assert step.signature is not None
    signer = config.signers[step.signature.signer]
    assert isinstance(signer, Rsa2 | Sm2)
    return signer


def _succeeded(config: ExchangeConfig, step: Step, answer: object, status: int) -> bool:
    if status != 200:
        return False
    condition = step.success or config.success
    if condition is None:
        return _error_code(config, step, answer) is None
    return _holds(step, "success", condition, answer)


def _refuse(config: ExchangeConfig, step: Step, answer: object, status: int) -> NoReturn:
    said = _error_code(config, step, answer)
    code = config.code_of(said) if said is not None else None
    if code is None:
        raise IdentityUntrusted(
            Code.REFUSED, f"{step.name}: status {status}, an error that errors does not name"
        )
    raise identity_error(code, f"{step.name}: {said}")


def _error_code(config: ExchangeConfig, step: Step, answer: object) -> str | None:
    path = step.error or config.error
    found = _find(step, "error", path, answer) if path is not None else None
    return None if found is None else str(found)


def _opened(
    config: ExchangeConfig, step: Step, sealed: Sealed, answer: Mapping[str, Any], known: Mapping[str, str]
) -> dict[str, Any]:
    text = _find(step, "opens", sealed.at, answer)
    iv = _find(step, "opens.iv", sealed.iv, answer) if sealed.iv is not None else None
    key = SecretStr(known[sealed.key]) if sealed.key is not None else None
    if not isinstance(text, str) or not isinstance(iv, str | None):
        _malformed(step, "without a sealed part")
    try:
        opened = open_sealed(config.ciphers[sealed.cipher], text, key=key, iv=iv)
    except ValueError:
        _malformed(step, "the sealed part cannot be opened")
    return {**answer, OPENED: opened}


def _holds(step: Step, what: str, condition: Path, answer: object) -> bool:
    try:
        return holds(condition, answer)
    except ValueError:
        _malformed(step, what)


def _find(step: Step, what: str, path: Path, answer: object) -> Any:
    try:
        return path.find(answer)
    except ValueError:
        _malformed(step, what)


def error_in(config: ExchangeConfig, step: Step, body: bytes) -> str | None:
    """Return the host's error code in an answer, for the `check` command. Never for a log."""
    try:
        answer = strict_json.parse(body.decode())
        nodes = step.signature.nodes if step.signature is not None and isinstance(answer, dict) else ()
        inside = next((answer[node] for node in nodes if node in answer), answer)
        return _error_code(config, step, inside)
    except (ValueError, IdentityUntrusted):
        return None


def _unreadable(step: Step, response: Answer) -> NoReturn:
    if response.status_code != 200:
        raise IdentityUntrusted(Code.REFUSED, f"{step.name}: status {response.status_code}") from None
    _malformed(step, f"not {step.answer}, or without the part that must be signed")


def _malformed(step: Step, what: str) -> NoReturn:
    raise IdentityUntrusted(Code.MALFORMED, f"{step.name}: {what}") from None
