"""Read the partners and their banks from one TOML file. A new city app is a block there, not code.

    partners = load_partners(Path("sunbridge.toml"))     # → {"lyg": Partner(…), …}

The tables are `[partners.<id>]` and `[banks.<id>]`; other tables belong to other readers. All faults are reported at
once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from pydantic import SecretStr, TypeAdapter, ValidationError

from partner_adapters.kit.values.settings import Settings
from partner_adapters.partners.bank import Bank
from partner_adapters.partners.partner import Partner

# How a value begins that the block of a new partner leaves open (check/new.py).
FILL = "<fill in: "
_OWN_REASONS = frozenset({"value_error", "assertion_error"})


class ConfigurationError(Exception):
    """The file cannot be used. Each of `faults` is a sentence with key, value (never a secret) and reason."""

    def __init__(self, file: Path, faults: list[str]) -> None:
        super().__init__(f"{file}:\n" + "\n".join(f"  {fault}" for fault in faults))
        self.faults = faults


_PARTNERS: TypeAdapter[dict[str, Partner]] = TypeAdapter(dict[str, Partner])


def load_partners(file: Path) -> Mapping[str, Partner]:
    """Read and check every partner block. Raises `ConfigurationError`."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(file, [f"cannot be read: {type(error).__name__}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(file, [f"is not TOML: {error}"]) from None
    if left := [f"{key}: is not filled in yet: {what}" for key, what in places_to_fill(document)]:
        raise ConfigurationError(file, left)
    blocks = document.get("partners")
    if not isinstance(blocks, dict) or not blocks:
        raise ConfigurationError(file, ["partners: needs at least one table [partners.<id>]"])
    named = {
        key: block | {"id": block.get("id", key)} if isinstance(block, dict) else block
        for key, block in blocks.items()
    }
    banks, faults = _read_banks(document.get("banks"))
    try:
        partners = _PARTNERS.validate_python(named, context={"folder": file.parent, "banks": banks})
    except ValidationError as error:
        # Replaced here, before it can be logged: pydantic's own text repeats what was typed, secrets too.
        faults += [fault_text("partners", named, item) for item in error.errors(include_url=False)]
        raise ConfigurationError(file, faults) from None
    if faults := [*faults, *_clashes(partners), *_unlisted(partners)]:
        raise ConfigurationError(file, faults)
    return MappingProxyType(partners)


def places_to_fill(table: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the key of each value that a new block left open, and what belongs there."""
    if isinstance(table, str) and table.startswith(FILL):
        yield at, table.removeprefix(FILL).removesuffix(">")
    named = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    for name, part in named:
        yield from places_to_fill(part, f"{at}.{name}" if at else str(name))


def _read_banks(blocks: Any) -> tuple[dict[str, Bank], list[str]]:
    """Return the sound banks by id, and the faults of the others."""
    if not isinstance(blocks, dict) or not blocks:
        return {}, ["banks: needs at least one table [banks.<id>]"]
    banks, faults = {}, []
    for key, block in blocks.items():
        try:
            banks[key] = Bank.model_validate(block)
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults += [fault_text("banks", blocks, {**item, "loc": (key, *item["loc"])}) for item in found]
    return banks, faults


def fault_text(table: str, blocks: Mapping[str, Any] | list[Any], item: Mapping[str, Any]) -> str:
    """Return one fault that pydantic found in the tables `blocks`: key as in the file, value, reason."""
    key = ".".join((table, *_keys(blocks, item)))
    reason = item["msg"]
    if item["type"] in _OWN_REASONS:
        reason = reason.partition(", ")[2]
    if item["type"] == "union_tag_invalid":
        return f"{key} = {item['ctx']['tag']!r}: must be one of {item['ctx']['expected_tags']}"
    return f"{key}{_shown(item)}: {reason}"


def _keys(blocks: Mapping[str, Any] | list[Any], item: Mapping[str, Any]) -> Iterator[str]:
    """Return the keys as in the file. Pydantic's location also contains the chosen dialect or kind."""
    table: Any = blocks
    for part in item["loc"]:
        chosen = (table.get("dialect"), table.get("kind")) if isinstance(table, dict) else ()
        if part in chosen and part not in table:
            continue
        yield str(part)
        inside = isinstance(table, dict) and part in table
        inside = inside or (isinstance(table, list) and isinstance(part, int))
        table = table[part] if inside else None
    if item["type"].startswith("union_tag"):
        yield item["ctx"]["discriminator"].strip("'")


def _shown(item: Mapping[str, Any]) -> str:
    value: Any = item["input"]
    # A misspelt key may hold a secret, so the value of an unknown key is not shown either.
    hidden = item["type"] in ("missing", "extra_forbidden") or not _SECRET_KEYS.isdisjoint(item["loc"])
    return "" if hidden or not isinstance(value, str | int | float) else f" = {value!r}"


def _secret_keys(kind: Any, seen: set[Any]) -> Iterator[str]:
    """Return every key, at any depth of a type, that holds a secret."""
    if isinstance(kind, type) and issubclass(kind, Settings) and kind not in seen:
        seen.add(kind)
        for name, field in kind.model_fields.items():
            kinds = (field.annotation, *get_args(field.annotation))
            if any(part is SecretStr or SecretStr in get_args(part) for part in kinds):
                yield field.alias or name
            yield from _secret_keys(field.annotation, seen)
    for part in get_args(kind):
        yield from _secret_keys(part, seen)


_SECRET_KEYS = frozenset(_secret_keys(Partner, set()))


def _clashes(partners: Mapping[str, Partner]) -> list[str]:
    faults: list[str] = []
    owners: dict[tuple[str, str], str] = {}
    for key, partner in partners.items():
        if partner.id != key:
            faults.append(f"partners.{key}.id = {partner.id!r}: must be the table's name")
        client = partner.identity.client
        owner = owners.setdefault(client, key)
        if owner != key:
            faults.append(
                f"partners.{key}.identity.{partner.identity.CLIENT_KEY} = {client[1]!r}: "
                f"partner {owner} uses it at this issuer too, so an answer for one could be used for the other"
            )
        faults += _containers(partners, key, partner)
    return faults


def _unlisted(partners: Mapping[str, Partner]) -> Iterator[str]:
    """Return a fault for each partner that its bank's published list lacks or names otherwise."""
    for key, partner in partners.items():
        entry = partner.bank.listed(key)
        if entry is None:
            yield (
                f"partners.{key}.bank: {partner.bank.name['en']} does not list this partner, so it does not start. "
                f'Once the bank has published it, add {{ id = "{key}", name, operator, since }} to `partners` of the '
                f"bank's table and set its `listed_on`"
            )
        elif entry.name != partner.name:
            yield f"partners.{key}.name = {partner.name['zh']!r}: the bank's list says {entry.name['zh']!r}"


def _containers(partners: Mapping[str, Partner], key: str, partner: Partner) -> Iterator[str]:
    for other in partner.containers:
        if other == key or other not in partners:
            yield f"partners.{key}.containers.{other}: must be another partner of this file"
        elif partners[other].containers:
            yield f"partners.{key}.containers.{other}: has containers itself, and a customer is redirected only once"
