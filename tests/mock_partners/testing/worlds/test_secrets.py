import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from joserfc.jwk import ECKey

from mock_partners.testing.worlds.secrets import Secrets


def test_only_their_owner_may_read_them(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path / "secrets")
    for file in (secrets.password_file("one"), secrets.signing_key_file("two")):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_a_secret_is_made_once_and_differs_from_every_other(tmp_path: Path) -> None:
    made = Secrets(tmp_path).password("one")
    assert Secrets(tmp_path).password("one") == made
    assert Secrets(tmp_path).password("two") != made
    assert len(made.get_secret_value()) >= 43


def test_a_signing_key_is_a_private_key_on_p256(tmp_path: Path) -> None:
    key = ECKey.import_key(Secrets(tmp_path).signing_key("one").get_secret_value())
    assert (key.curve_name, key.is_private) == ("P-256", True)


def test_many_who_ask_at_once_for_a_new_secret_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: Secrets(tmp_path).password("shared").get_secret_value(), range(32)))
    assert len(made) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["shared.txt"]


def test_worlds_with_shared_keys_have_the_same_keys_and_passwords_of_their_own(tmp_path: Path) -> None:
    one, other = (Secrets(tmp_path / name, tmp_path / "keys") for name in ("one", "other"))
    for make in (Secrets.signing_key_file, Secrets.rsa_key_file, Secrets.sm2_key_file):
        assert make(one, make.__name__).read_text() == make(other, make.__name__).read_text()
    assert one.signing_key_file("a").read_text() != one.signing_key_file("b").read_text()
    assert one.password("bank") != other.password("bank")
    assert stat.S_IMODE(one.signing_key_file("a").stat().st_mode) == 0o600
