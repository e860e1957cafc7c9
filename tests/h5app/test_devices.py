"""The kind of device that a session's list names, derived from what the browser says of itself."""

import pytest

from h5app.devices import KINDS, kind_of
from h5app.page import TEXTS


@pytest.mark.parametrize(
    ("user_agent", "kind"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 12_2 like Mac OS X) Mobile/15E148 MicroMessenger/8.0", "iphone"),
        ("Mozilla/5.0 (iPad; CPU OS 12_2 like Mac OS X) Mobile/15E148", "ipad"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15", "mac"),
        ("Mozilla/5.0 (Linux; Android 8.1; V1818A) Chrome/64.0 Mobile Safari/537.36", "android_phone"),
        ("Mozilla/5.0 (Linux; Android 13; SM-X700) Chrome/120.0 Safari/537.36", "android_tablet"),
        ("Mozilla/5.0 (Linux; Android 10; HarmonyOS; ANA-AN00) Chrome/92.0 Mobile Safari/537.36", "harmony"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 Mobile", "harmony"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0", "windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0", "computer"),
        ("", "unknown"),
        ("curl/8.0", "unknown"),
        ("x" * 600 + "iPhone", "unknown"),
    ],
)
def test_a_browser_is_named_by_its_kind_of_device(user_agent: str, kind: str) -> None:
    assert kind_of(user_agent) == kind


def test_each_kind_has_its_words_in_both_languages() -> None:
    for kind in KINDS:
        words = {lang: TEXTS.say(lang, f"device.{kind}", {}) for lang in ("zh", "en")}
        assert len(set(words.values()) - {f"device.{kind}"}) == 2
