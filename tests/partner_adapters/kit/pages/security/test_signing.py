"""Signed and sealed texts, also while keys are being replaced."""

import pytest
from itsdangerous import URLSafeSerializer

from partner_adapters.kit.pages.security.signing import Forged, Signing

OLD, NEW = "o" * 40, "n" * 40
APP = "sunbridge.h5app"


def test_what_was_signed_is_read_back() -> None:
    signing = Signing([NEW], APP)
    assert signing.unsign("csrf", signing.sign("csrf", {"a": [1, "二"]})) == {"a": [1, "二"]}


def test_a_text_for_one_purpose_does_not_pass_for_another() -> None:
    signing = Signing([NEW], APP)
    with pytest.raises(Forged):
        signing.unsign("intent.drawdown", signing.sign("intent.top_up", 1))


@pytest.mark.parametrize("position", [0, 5, -3])
def test_a_changed_text_is_refused(position: int) -> None:
    signing = Signing([NEW], APP)
    text = list(signing.sign("csrf", "abcdefgh"))
    text[position] = "A" if text[position] != "A" else "B"
    with pytest.raises(Forged):
        signing.unsign("csrf", "".join(text))


def test_the_newest_key_signs_and_the_older_ones_are_still_accepted() -> None:
    before, during, after = Signing([OLD], APP), Signing([NEW, OLD], APP), Signing([NEW], APP)
    assert during.unsign("csrf", before.sign("csrf", 1)) == 1
    assert after.unsign("csrf", during.sign("csrf", 1)) == 1
    with pytest.raises(Forged):
        after.unsign("csrf", before.sign("csrf", 1))


def test_the_same_holds_for_sealed_texts() -> None:
    before, during, after = Signing([OLD], APP), Signing([NEW, OLD], APP), Signing([NEW], APP)
    assert during.unseal(before.seal("秘密")) == "秘密"
    assert after.unseal(during.seal("秘密")) == "秘密"
    with pytest.raises(Forged):
        after.unseal(before.seal("秘密"))


def test_a_text_signed_with_sha_1_is_refused() -> None:
    forged = URLSafeSerializer(NEW, salt="sunbridge.h5app.csrf", signer_kwargs={"key_derivation": "hmac"})
    with pytest.raises(Forged):
        Signing([NEW], APP).unsign("csrf", forged.dumps("abc"))
