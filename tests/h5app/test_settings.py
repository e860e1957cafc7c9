"""A wrong or missing value stops the start, with the variable's name and never its value."""

from pathlib import Path

import pytest

from h5app.settings import SettingsError, load_settings

KEY = "k" * 32


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("SUNBRIDGE_CONFIG", str(tmp_path / "partners.toml"))
    monkeypatch.setenv("SUNBRIDGE_SIGNING_KEYS", KEY)
    return monkeypatch


def test_config_and_a_key_are_enough(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()
    assert settings.base_url == "http://localhost:8000"
    assert settings.keys() == [KEY]
    assert not settings.secure


def test_keys_come_newest_first_from_the_variable_and_then_the_file(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keys"
    file.write_text("c" * 32 + "\n\n" + "d" * 32 + "\n")
    environment.setenv("SUNBRIDGE_SIGNING_KEYS", f"{'a' * 32}, {'b' * 32}")
    environment.setenv("SUNBRIDGE_SIGNING_KEYS_FILE", str(file))
    assert load_settings().keys() == [letter * 32 for letter in "abcd"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SUNBRIDGE_CONFIG", None, "SUNBRIDGE_CONFIG: is missing"),
        ("SUNBRIDGE_SIGNING_KEYS", None, "SUNBRIDGE_SIGNING_KEYS"),
        ("SUNBRIDGE_SIGNING_KEYS", "too-short-a-secret", "SUNBRIDGE_SIGNING_KEYS"),
        ("SUNBRIDGE_SIGNING_KEYS_FILE", "/nowhere/keys", "SUNBRIDGE_SIGNING_KEYS_FILE"),
        ("SUNBRIDGE_BASE_URL", "http://h5.bank.example", "SUNBRIDGE_BASE_URL"),
        ("SUNBRIDGE_BASE_URL", "https://h5.bank.example/path", "SUNBRIDGE_BASE_URL"),
        ("SUNBRIDGE_DATABASE_URL", "mysql://root:secret@db/x", "SUNBRIDGE_DATABASE_URL"),
        ("SUNBRIDGE_DATABASE_URL", "not a url", "SUNBRIDGE_DATABASE_URL"),
        (
            "SUNBRIDGE_TRACES_URL",
            "http://collector.example:4318",
            "SUNBRIDGE_TRACES_URL: must begin with https",
        ),
        (
            "SUNBRIDGE_TRACES_URL",
            "https://collector.example:99999",
            "SUNBRIDGE_TRACES_URL: must be a URL whose port",
        ),
        (
            "SUNBRIDGE_TRACES_URL",
            "http://127.0.0.1:4318/v1/traces",
            "SUNBRIDGE_TRACES_URL: must be the collector's",
        ),
        ("SUNBRIDGE_PORT", "eighty", "SUNBRIDGE_PORT"),
        (
            "SUNBRIDGE_SESSION_IDLE_S",
            "59",
            "SUNBRIDGE_SESSION_IDLE_S: Input should be greater than or equal to 60",
        ),
        (
            "SUNBRIDGE_SESSION_IDLE_S",
            "7201",
            "SUNBRIDGE_SESSION_IDLE_S: Input should be less than or equal to 7200",
        ),
        ("SUNBRIDGE_SESSION_IDLE_S", "90.5", "SUNBRIDGE_SESSION_IDLE_S: Input should be a valid integer"),
        (
            "SUNBRIDGE_SESSION_ABSOLUTE_S",
            "899",
            "must not be less than SUNBRIDGE_SESSION_IDLE_S",
        ),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(
    environment: pytest.MonkeyPatch, name: str, value: str | None, words: str
) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert words in str(refused.value)
    assert value is None or value not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_everything_wrong_is_said_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SUNBRIDGE_PORT", "0")
    environment.setenv("SUNBRIDGE_LOGIN_S", "x")
    environment.delenv("SUNBRIDGE_CONFIG")
    environment.delenv("SUNBRIDGE_SIGNING_KEYS")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    faults = [line.partition(":")[0] for line in str(refused.value).splitlines()]
    assert sorted(faults) == [
        "SUNBRIDGE_CONFIG",
        "SUNBRIDGE_LOGIN_S",
        "SUNBRIDGE_PORT",
        "SUNBRIDGE_SIGNING_KEYS_FILE",
    ]
