"""`new ID --dialect D`: a block to edit, which loads once its marked places are filled in."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from partner_adapters.__main__ import main
from partner_adapters.partners.check.new import DIALECTS
from partner_adapters.partners.file import FILL, ConfigurationError, load_partners, places_to_fill
from tests.support.partner_examples import BLOCKS, write_examples

# The partner of the first block on each dialect's page.
EXAMPLES = {"oidc": "lyg", "oauth2": "haian", "ticket": "zj", "sealed": "mbank", "assertion": "ebank"}


def value_at(table: Any, key: str) -> Any:
    for part in key.split("."):
        table = table[int(part)] if isinstance(table, list) else table[part]
    return table


@pytest.mark.parametrize("dialect", EXAMPLES)
def test_a_written_block_is_the_documents_once_its_places_are_filled_in(
    dialect: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example, file = EXAMPLES[dialect], tmp_path / "new.toml"
    assert main(["new", example, "--dialect", dialect, "--file", str(file), "--json"]) == 0
    places = json.loads(capsys.readouterr().out)["fill"]
    text, document = file.read_text("utf-8"), tomllib.loads(BLOCKS[f"{dialect}.md"][0])
    assert text.count(FILL) == len(places) >= 8
    with pytest.raises(ConfigurationError) as refused:
        load_partners(write_examples(tmp_path, text))
    assert refused.value.faults == [f"{key}: is not filled in yet: {what}" for key, what in places.items()]
    for key, what in places_to_fill(tomllib.loads(text)):
        text = text.replace(f'"{FILL}{what}>"', json.dumps(value_at(document, key), ensure_ascii=False), 1)
    assert tomllib.loads(text) == document
    assert load_partners(write_examples(tmp_path, text)).keys() == {example}


def test_every_dialect_has_a_block() -> None:
    assert set(DIALECTS) == set(EXAMPLES)


def test_a_file_that_exists_is_not_replaced_and_an_id_must_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "city", "--dialect", "oidc"]) == 0
    assert "  partners.city.identity.issuer: issuer, exactly" in capsys.readouterr().out
    assert (tmp_path / "city.toml").stat().st_mode & 0o077 == 0
    before = (tmp_path / "city.toml").read_text("utf-8")
    assert main(["new", "city", "--dialect", "ticket"]) == 1
    assert "city.toml: exists already" in capsys.readouterr().err
    assert (tmp_path / "city.toml").read_text("utf-8") == before
    assert main(["new", "../City", "--dialect", "oidc"]) == 1
    assert "an id has small letters" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["new", "city", "--dialect", "saml"])
