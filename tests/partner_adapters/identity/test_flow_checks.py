"""A block of a host with calls that does not fit together stops the start, with the key, and never shows a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from partner_adapters.partners.file import ConfigurationError, load_partners
from tests.support.partner_examples import BLOCKS, key_files, write_examples

BLOCK = {
    "haian": BLOCKS["oauth2.md"][0],
    "zfb": BLOCKS["oauth2.md"][1],
    "zj": BLOCKS["ticket.md"][0],
    "sfb": BLOCKS["ticket.md"][1],
}


def faults(folder: Path, partner: str, *changes: tuple[str, str]) -> list[str]:
    text = BLOCK[partner]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(ConfigurationError) as refused:
        load_partners(write_examples(folder, text))
    message = str(refused.value)
    assert not [secret for secret in key_files().values() if secret in message and "PUBLIC" not in secret]
    return refused.value.faults


CASES = {
    "variable": ("haian", 'code = "{code}"', 'code = "{cod}"', "login.steps.token.query: {cod} is not known"),
    "variable of a later step": (
        "haian",
        'secret = "{app_secret}", code',
        'secret = "{access_token}", code',
        "login.steps.token.query: {access_token} is not known",
    ),
    "variable in an entry": (
        "haian",
        '{ appid = "{app_id}", redirect_uri',
        '{ appid = "{app_secret}", redirect_uri',
        "login.entry.query: {app_secret} is not known",
    ),
    "brace": (
        "haian",
        'code = "{code}"',
        'code = "{code"',
        "login.steps.0.query.code = '{code': has a brace",
    ),
    "no secret": (
        "haian",
        'app_secret = { file = "keys/haian.secret" }\n',
        "",
        "login.steps.token.query: {app_secret} is not known",
    ),
    "one flow behind the hash, the other not": (
        "zj",
        'back = { value = "ticket",',
        'back = { place = "fragment", value = "ticket",',
        "face.back.place: must be fragment for both, login and face, or for neither",
    ),
    "a container that is none": (
        "sfb",
        'bridge = { ability = "authTicket" }',
        'bridge = { ability = "authTicket", names = { lightApp = { authTicket = ["getTicket", "t"] } } }',
        "login.bridge.names.lightApp.[key] = 'lightApp': Input should be 'zwjsbridge', 'lightapp'",
    ),
    "an ability of an app by another name": (
        "sfb",
        'bridge = { ability = "authTicket" }',
        'bridge = { ability = "authTicket", names = { lightapp = { ticket = ["getTicket", "t"] } } }',
        "login.bridge.names.lightapp.ticket.[key] = 'ticket': Input should be 'authTicket', 'faceVerify'",
    ),
    "a place that is none": (
        "zj",
        'back = { value = "ticket",',
        'back = { place = "hash", value = "ticket",',
        "login.back.place = 'hash': Input should be 'query', 'second_query', 'fragment' or 'form'",
    ),
    "environment": (
        "haian",
        'environment = "production"',
        'environment = "live"',
        "environment: there is no hosts.live",
    ),
    "no state": (
        "haian",
        ', state = "{state}" }, fragment',
        "}, fragment",
        "login.entry.query: lacks {state}",
    ),
    "no way back": (
        "haian",
        'redirect_uri = "{redirect_uri}", response',
        "response",
        "login.entry.query: lacks {redirect_uri}",
    ),
    "state that does not return": (
        "haian",
        'state = "state", missing',
        "state = false, missing",
        "login.back.state: must return",
    ),
    "a bridge instead of a page": (
        "zfb",
        BLOCK["zfb"].partition("[partners.zfb.identity.login]\n")[2].partition("back =")[0],
        'bridge = { ability = "authTicket" }\n',
        "login.entry: is missing: oauth2 needs the host's page",
    ),
    "PKCE with a code of a bridge": (
        "zfb",
        'scope = "auth_user", redirect_uri',
        'scope = "auth_user", code_challenge = "{code_challenge}", redirect_uri',
        "login.bridge: its code has no {code_challenge}",
        ('code = "{auth_code}"', 'code = "{auth_code}", code_verifier = "{code_verifier}"'),
    ),
    "PKCE with a ticket of a bridge alone": (
        "zj",
        BLOCK["zj"].partition("[partners.zj.identity.login]\n")[2].partition("back =")[0],
        'bridge = { ability = "authTicket" }\n',
        "login.bridge: its code has no {code_challenge}",
        ('appId = "{app_id}" }', 'appId = "{app_id}", verifier = "{code_verifier}" }'),
    ),
    "half of PKCE": (
        "haian",
        'scope = "snsapi_userinfo"',
        'scope = "{code_challenge}"',
        "login.entry.query: {code_challenge} here and {code_verifier}",
    ),
    "signer": (
        "zj",
        'sign = "gateway"',
        'sign = "gate"',
        "login.steps.redeem.sign: there is no signers.gate",
    ),
    "signed member": (
        "zj",
        'sign = "gateway"',
        'sign = "gateway"\nheaders = { X-BG-DATE-TIME = "x" }',
        "login.steps.redeem.sign: X-BG-DATE-TIME is in the call already",
    ),
    "unsigned ticket": (
        "zj",
        'json = { ticketId = "{ticket}", appId = "{app_id}" }\nsign = "gateway"',
        'json = { ticketId = "{ticket}" }',
        "login.steps.redeem: nothing proves that the call is ours",
    ),
    "answer's signer": (
        "zfb",
        'public_key = { file = "keys/zfb-host.pem" }',
        "",
        "login.steps.token.signature.signer: app is not an rsa2",
    ),
    "signed without a signature": (
        "zfb",
        'signature = { signer = "app", nodes = ["alipay_user_info_share_response", "error_response"] }',
        "",
        "login.proof: signed, but steps.user has no signature",
    ),
    "signed without success": (
        "zfb",
        "success = \"code == '10000' && certify_time != null\"",
        "",
        "face.steps.query.success: is missing",
    ),
    "cipher": (
        "sfb",
        'opens = { cipher = "answers"',
        'opens = { cipher = "answer"',
        "login.steps.redeem.opens.cipher: there is no ciphers.answer",
    ),
    "key": (
        "sfb",
        'at = "data" }',
        'at = "data", key = "ticket" }',
        "login.steps.redeem.opens.key: must be given exactly when",
    ),
    "iv": (
        "sfb",
        'at = "data" }',
        'at = "data", iv = "iv" }',
        "login.steps.redeem.opens.iv: must be given exactly when",
    ),
    "carry": ("zj", 'carry = ["token"]', 'carry = ["app_id"]', "login.proof.carry: {app_id} is not known"),
    "carry too little": (
        "haian",
        'carry = ["access_token", "openid"]',
        'carry = ["openid"]',
        "login.proof.steps: userinfo: {access_token} is not known",
    ),
    "asks what is spent": (
        "zj",
        'steps = ["user"]',
        'steps = ["redeem", "user"]',
        "login.proof.steps: redeem is not repeatable",
    ),
    "asks not to the end": (
        "haian",
        'steps = ["app_token", "result"]',
        'steps = ["app_token"]',
        "face.proof.steps: must be steps of this flow",
    ),
    "asks nothing known": (
        "haian",
        'steps = ["userinfo"]',
        'steps = ["info"]',
        "login.proof.steps: must be steps of this flow",
    ),
    "told face": (
        "haian",
        'proof = { kind = "asked", carry = ["verify_result"], steps = ["app_token", "result"] }',
        'proof = { kind = "told" }',
        "face.proof: the bank cannot check this face check",
    ),
    "kept person": (
        "haian",
        "repeatable = true                                      # asking",
        "repeatable = true\nkeep_s = 60 # asking",
        "login.steps.userinfo.keep_s: {access_token} belongs to one customer",
    ),
    "kept once": (
        "haian",
        "repeatable = true\nkeep_s = 3600",
        "keep_s = 3600",
        "face.steps.app_token.keep_s: needs repeatable",
    ),
    "same name": ("haian", 'name = "userinfo"', 'name = "token"', "login.steps.token: appears twice"),
    "taken name": (
        "haian",
        'take = { app_token = "access_token" }',
        'take = { app_id = "access_token" }',
        "face.steps.app_token.take.app_id: is already a variable",
    ),
    "body of GET": (
        "haian",
        'method = "GET"\npath = "/oauth2/userinfo"\nquery',
        'method = "GET"\npath = "/oauth2/userinfo"\nform',
        "login.steps.userinfo.method: GET cannot have a body",
    ),
    "path": (
        "haian",
        'path = "/oauth2/userinfo"',
        'path = "/oauth2/../{openid}"',
        "login.steps.1.path = '/oauth2/../{openid}'",
    ),
    "address": (
        "haian",
        'api = "https://api.haian.example/open"',
        'api = "http://api.haian.example"',
        "hosts.production.api = 'http://api.haian.example'",
    ),
    "code": (
        "haian",
        '40029 = "identity.code_replayed"',
        '40029 = "identity.replayed"',
        "errors.40029 = 'identity.replayed'",
    ),
    "expression": ("haian", 'error = "errcode" ', 'error = "errcode[" ', "error = 'errcode['"),
    "key of a step": (
        "haian",
        "repeatable = true   ",
        "repeteable = true   ",
        "login.steps.1.repeteable: Extra",
    ),
    "key of a signer": (
        "sfb",
        'secret_at = "after"',
        'secret_at = "behind"',
        "signers.gateway.secret_at = 'behind'",
    ),
    "kind": ("sfb", 'kind = "sm3_concat"', 'kind = "sm3"', "signers.gateway.kind = 'sm3': must be one of"),
    "secret's kind": (
        "sfb",
        'key = { file = "keys/sfb-sm4.hex" }',
        'key = "0123456789abcdeffedcba98765432"',
        "ciphers.answers",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_told_with_its_key(case: str, tmp_path: Path) -> None:
    partner, old, new, wanted, *more = CASES[case]
    found = faults(tmp_path, partner, (old, new), *more)
    assert any(wanted in fault and fault.startswith(f"partners.{partner}.identity") for fault in found), found


def test_all_mistakes_of_a_block_are_told_at_once(tmp_path: Path) -> None:
    (fault,) = faults(
        tmp_path,
        "haian",
        ('code = "{code}"', 'code = "{cod}"'),
        ('carry = ["verify_result"]', 'carry = ["x"]'),
    )
    assert "login.steps.token.query: {cod}" in fault
    assert "face.proof.carry: {x}" in fault


def test_a_dialect_that_is_none_is_told_with_those_that_are(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "haian", ('dialect = "oauth2"', 'dialect = "oauth1"'))
    assert fault.startswith("partners.haian.identity.dialect = 'oauth1': must be one of ")
    assert "'ticket'" in fault


def test_a_secret_of_any_name_is_never_shown(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "sfb", ('key = { file = "keys/sfb-sm4.hex" }', "key = 123456789"))
    assert fault.startswith("partners.sfb.identity.ciphers.answers.key: ")
    assert "123456789" not in fault
