"""The partners' configuration: read whole, refused with every reason at once, silent about secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey
from pydantic import ValidationError

from partner_adapters.identity.errors import Code
from partner_adapters.kit.values.colours import contrast_with_white
from partner_adapters.partners.file import ConfigurationError, load_partners
from tests.support.partner_examples import BANKS, PAGES, example_partners, key_files

DOCS = Path(__file__).parents[3] / "docs" / "partners" / "oidc.md"
SECRET = "Very-Secret-9431"
NAME = '{ zh = "我的连云港", en = "My Lianyungang" }'


def block(partner: str = "lyg", **changes: str) -> str:
    """Return a sound block, one line for each key. `changes` are TOML values by dotted key, and "" leaves it out."""
    lines = {
        "name": NAME,
        "bank": '"hzw"',
        "identity.dialect": '"oidc"',
        "identity.issuer": f'"https://login.example/{partner}"',
        "identity.client_id": '"sunbridge"',
        "identity.client_auth": '"client_secret_basic"',
        "identity.client_secret": f'"{SECRET}"',
        "identity.acr_values": '["urn:sunbridge:acr:face"]',
        "core.base_url": '"https://core.example"',
        "core.client_id": '"h5app"',
        "core.client_secret": f'"{SECRET}"',
    } | {key.replace("__", "."): value for key, value in changes.items()}
    return f"[partners.{partner}]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def bank(*listed: str, **changes: str) -> str:
    """Return a sound bank that lists these partners. `changes` are TOML values by key, and "" leaves it out."""
    entries = [
        f'{{ id = "{each}", name = {NAME}, operator = {NAME}, since = 2026-03-02 }}'
        for each in listed or ("lyg", "haian", "lyg~w7")
    ]
    lines = {
        "name": '{ zh = "海州湾农村商业银行", en = "Haizhou Bay" }',
        "full_name": '{ zh = "江苏海州湾农村商业银行股份有限公司", en = "Haizhou Bay Co., Ltd." }',
        "phone": '"0518-96008"',
        "licence": '"B0000H232070001"',
        "listed_on": "2026-11-02",
        "partners": f"[{', '.join(entries)}]",
    } | changes
    return "[banks.hzw]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def write(folder: Path, text: str, banks: str | None = None) -> Path:
    file = folder / "sunbridge.toml"
    file.write_text(text + (bank() if banks is None else banks), "utf-8")
    return file


def faults(folder: Path, text: str, banks: str | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load_partners(write(folder, text, banks))
    assert SECRET not in str(refused.value)
    return refused.value.faults


def test_the_block_in_the_documents_is_a_partner(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/lyg-oidc.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    (tmp_path / "keys/lyg-core.secret").write_text(f"{SECRET}\n")
    partner = load_partners(write(tmp_path, example[1], BANKS))["lyg"]
    assert partner.bank_name["zh"] == "海州湾农村商业银行"
    assert partner.identity.page_origins == ("https://login.lyg.example",)
    assert partner.core.client_secret.get_secret_value() == SECRET
    assert SECRET not in repr(partner)


def test_every_block_in_the_documents_stands_beside_the_others(tmp_path: Path) -> None:
    partners = example_partners(tmp_path)
    assert {key: partner.identity.dialect for key, partner in partners.items()} == {
        "lyg": "oidc",
        "haian": "oauth2",
        "zfb": "oauth2",
        "zj": "ticket",
        "sfb": "ticket",
        "mbank": "sealed",
        "ebank": "assertion",
    }
    shown = "".join(map(repr, partners.values()))
    assert not [text for text in key_files().values() if text in shown and "PUBLIC" not in text]


def test_every_code_is_in_the_documents() -> None:
    text = "".join(PAGES.values())
    assert [code.value for code in Code if f"`{code.value}`" not in text] == []


def test_a_partner_cannot_be_changed(tmp_path: Path) -> None:
    partners: Any = load_partners(write(tmp_path, block()))
    with pytest.raises(TypeError):
        partners["lyg"] = None
    with pytest.raises(ValidationError):
        partners["lyg"].accent = "#000000"


def test_other_tables_of_the_file_belong_to_other_readers(tmp_path: Path) -> None:
    assert list(load_partners(write(tmp_path, block() + '[h5app]\nbase_url = "x"\n'))) == ["lyg"]


def test_a_world_may_be_part_of_the_id(tmp_path: Path) -> None:
    assert list(
        load_partners(write(tmp_path, block('"lyg~w7"', identity__issuer='"https://l.example"')))
    ) == ["lyg~w7"]


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"accent": '"#ffcc00"'}, "accent = '#ffcc00'", "too light"),
        ({"accent": '"teal"'}, "accent = 'teal'", "is not a colour"),
        ({"lang": '"fr"'}, "lang = 'fr'", "'zh' or 'en'"),
        ({"name": '{ zh = "我的连云港" }'}, "name", "lacks the text for: en"),
        ({"bank": '"hab"'}, "bank = 'hab'", "has no sound table [banks.hab]"),
        ({"bank": ""}, "bank", "required"),
        ({"bank_name": '{ zh = " ", en = "Bank" }'}, "bank_name", "not permitted"),
        (
            {"frame_ancestors": '["https://a.example/x"]'},
            "frame_ancestors.0 = 'https://a.example/x'",
            "no path",
        ),
        ({"frame_ancestors": '["*"]'}, "frame_ancestors.0 = '*'", "https://"),
        ({"identity.dialect": '"saml"'}, "identity.dialect = 'saml'", "'oidc'"),
        (
            {"identity.issuer": '"http://login.example"'},
            "identity.issuer = 'http://login.example'",
            "https://",
        ),
        ({"identity.issuer": '"https://login.example//"'}, "identity.issuer", "slash at its end"),
        ({"identity.issuer": '"https://u@login.example"'}, "identity.issuer", "without user name"),
        ({"identity.issuer": '"https://login.example?x"'}, "identity.issuer", "no query"),
        ({"identity.client_auth": '"none"'}, "identity.client_auth = 'none'", "private_key_jwt"),
        ({"identity.client_auth": '"private_key_jwt"'}, "identity.private_key", "is missing"),
        ({"identity.client_auth": '"private_key_jwt"'}, "identity.client_secret", "is not used"),
        ({"identity.client_secret": ""}, "identity.client_secret", "is missing"),
        ({"identity.client_secret": '""'}, "identity.client_secret", "is empty"),
        ({"identity.private_key": f'"{SECRET}"'}, "identity.private_key", "is not used"),
        ({"identity.scopes": '["profile"]'}, "identity.scopes", "openid"),
        ({"identity.algorithms": "[]"}, "identity.algorithms", "at least 1"),
        ({"identity.algorithms": '["HS256"]'}, "identity.algorithms.0 = 'HS256'", "'ES256'"),
        ({"identity.algorithms": '["none"]'}, "identity.algorithms.0 = 'none'", "'ES256'"),
        ({"identity.clock_skew_s": "600"}, "identity.clock_skew_s = 600", "60"),
        ({"identity.issuerr": '"x"'}, "identity.issuerr", "not permitted"),
        ({"identity.client_secrets": f'"{SECRET}"'}, "identity.client_secrets", "not permitted"),
        ({"identity.client_secret": f'["{SECRET}"]'}, "identity.client_secret", "string"),
        ({"identity.client_secret": f'{{ fil = "{SECRET}" }}'}, "identity.client_secret", "{ file ="),
        ({"core.client_secret": '{ file = "gone" }'}, "core.client_secret", "cannot read the file gone"),
        ({"core.base_url": ""}, "core.base_url", "required"),
        ({"id": '"other"'}, "id = 'other'", "table's name"),
    ],
)
def test_a_fault_is_told_with_key_value_and_reason(
    tmp_path: Path, changes: dict[str, str], key: str, reason: str
) -> None:
    assert any(
        fault.startswith(f"partners.lyg.{key}") and reason in fault
        for fault in faults(tmp_path, block(**changes))
    )


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    wrong = block("lyg", accent='"#ffffff"', core__base_url="") + block(
        "haian", lang='"de"', identity__scopes="[]"
    )
    assert [fault.partition(" ")[0].rstrip(":") for fault in faults(tmp_path, wrong)] == [
        "partners.lyg.accent",
        "partners.lyg.core.base_url",
        "partners.haian.lang",
        "partners.haian.identity.scopes",
    ]


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"name": '{ zh = " ", en = "Bank" }'}, "name", "lacks the text for: zh"),
        ({"full_name": ""}, "full_name", "required"),
        ({"phone": '"call us"'}, "phone = 'call us'", "pattern"),
        ({"licence": '"123"'}, "licence = '123'", "pattern"),
        ({"listed_on": '"soon"'}, "listed_on = 'soon'", "valid date"),
        ({"listed_on": "2026-03-01"}, "", "since is later than listed_on = 2026-03-01 for lyg"),
        ({"partners": "[]"}, "partners", "at least 1"),
    ],
)
def test_a_fault_of_a_bank_is_told_with_key_value_and_reason(
    tmp_path: Path, changes: dict[str, str], key: str, reason: str
) -> None:
    told = faults(tmp_path, block(), bank(**changes))
    assert told[0].startswith(f"banks.hzw.{key}".rstrip("."))
    assert reason in told[0]
    assert told[1:] == ["partners.lyg.bank = 'hzw': has no sound table [banks.hzw]"]


def test_a_partner_stands_on_its_banks_list_once(tmp_path: Path) -> None:
    told = faults(tmp_path, block(), bank("lyg", "haian", "lyg"))
    assert told[0] == "banks.hzw: partners lists more than once: lyg"


def test_a_file_without_a_bank_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, block(), "")[0] == "banks: needs at least one table [banks.<id>]"


def test_a_partner_that_its_bank_does_not_list_does_not_start(tmp_path: Path) -> None:
    (told,) = faults(tmp_path, block(), bank("haian"))
    assert told == (
        "partners.lyg.bank: Haizhou Bay does not list this partner, so it does not start. Once the bank has published "
        'it, add { id = "lyg", name, operator, since } to `partners` of the bank\'s table and set its `listed_on`'
    )


def test_a_partner_has_the_name_that_the_list_says(tmp_path: Path) -> None:
    other = block(name='{ zh = "连云港通", en = "Lianyungang Pass" }')
    assert faults(tmp_path, other) == ["partners.lyg.name = '连云港通': the bank's list says '我的连云港'"]


def test_two_partners_may_not_be_one_client(tmp_path: Path) -> None:
    issuer = '"https://login.example"'
    text = block("lyg", identity__issuer=issuer) + block("haian", identity__issuer=issuer)
    assert faults(tmp_path, text) == [
        "partners.haian.identity.client_id = 'sunbridge': "
        "partner lyg uses it at this issuer too, so an answer for one could be used for the other"
    ]


@pytest.mark.parametrize(
    "pem",
    [
        ECKey.generate_key("P-256").as_pem(private=False),
        ECKey.generate_key("P-384").as_pem(private=True),
        RSAKey.generate_key(2048).as_pem(private=True),
        b"no key",
    ],
    ids=["public", "other curve", "rsa", "text"],
)
def test_a_private_key_must_be_one(tmp_path: Path, pem: bytes) -> None:
    (tmp_path / "key.pem").write_bytes(pem)
    changes = {
        "identity.client_auth": '"private_key_jwt"',
        "identity.client_secret": "",
        "identity.private_key": '{ file = "key.pem" }',
    }
    assert faults(tmp_path, block(**changes)) == [
        "partners.lyg.identity.private_key: is no EC P-256 private key in PEM"
    ]


@pytest.mark.parametrize("text", ["", "partners = 3", "[partners]", "[partners", "partners.lyg = 4"])
def test_a_file_without_partners_is_refused(tmp_path: Path, text: str) -> None:
    assert len(faults(tmp_path, text)) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_partners(tmp_path / "gone.toml")


@pytest.mark.parametrize(("colour", "ratio"), [("#ffffff", 1.0), ("#000000", 21.0), ("#767676", 4.54)])
def test_contrast_is_counted_as_wcag_does(colour: str, ratio: float) -> None:
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.01)
