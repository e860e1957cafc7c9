"""The partners, from one TOML file: a new city app is a block here, not code.

    partners = load_partners(Path("sunbridge.toml"))     # → {"lyg": Partner(…), …}

Tables `[partners.<id>]`; other tables of the file belong to other readers. Everything that is wrong is said at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, SecretStr, TypeAdapter, ValidationError, model_validator

from partner_adapters.identity.dialects import IdentityConfig
from partner_adapters.identity.policy import StepUpPolicy
from partner_adapters.kit.values.colours import READABLE_CONTRAST, contrast_with_white
from partner_adapters.kit.values.settings import Origin, Secret, Settings, Url
from partner_adapters.kit.values.texts import CompleteText, Lang

_OURS_TO_SAY = frozenset({"value_error", "assertion_error"})


def _readable(colour: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError("is no colour like #0b6e6e")
    if contrast_with_white(colour) < READABLE_CONTRAST:
        raise ValueError(f"is too light: its contrast with white must be at least {READABLE_CONTRAST}")
    return colour.lower()


class CoreAccess(Settings):
    """How h5app calls the bank's core for this partner (OAuth client credentials)."""

    base_url: Url
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret


class Container(Settings):
    """How an app that opens our pages is recognised. Both are hints: whoever forges them is asked by another host."""

    user_agent: str | None = Field(default=None, min_length=3, max_length=100)
    """A text in the browser's name, in any case."""
    launch: dict[str, str] = {}
    """Parameters of `/enter` that must all be there."""

    @model_validator(mode="after")
    def _says_something(self) -> Container:
        if self.user_agent is None and not self.launch:
            raise ValueError("must say user_agent or launch")
        return self

    def fits(self, user_agent: str, query: Mapping[str, str]) -> bool:
        named = self.user_agent is None or self.user_agent.lower() in user_agent.lower()
        return named and all(query.get(name) == value for name, value in self.launch.items())


class Partner(Settings):
    """One super-app or channel that hosts us."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}(~[a-z0-9]{1,16})?$")
    name: CompleteText
    bank_name: CompleteText
    """The member bank behind the partner."""
    bank_phone: str = Field(pattern=r"^[0-9][0-9 -]{3,18}[0-9]$")
    accent: Annotated[str, AfterValidator(_readable)] = "#0b6e6e"
    lang: Lang = "zh"
    frame_ancestors: tuple[Origin, ...] = ()
    """Origins that may show our pages in a frame; empty: nobody."""
    identity: IdentityConfig
    step_up: StepUpPolicy = StepUpPolicy()
    """What each action asks for; the bank has its own, which decides."""
    containers: dict[str, Container] = {}
    """Where this brand's tile is opened in another app: the partner whose block serves that one."""
    core: CoreAccess

    def served_by(self, user_agent: str, query: Mapping[str, str]) -> str | None:
        """The partner that serves the container of a visitor, if it is not this one; the first that fits."""
        return next((key for key, seen in self.containers.items() if seen.fits(user_agent, query)), None)


class ConfigurationError(Exception):
    """The file cannot be used. `faults`: one sentence each, with key, value (never a secret) and reason."""

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
        raise ConfigurationError(file, [f"is no TOML: {error}"]) from None
    blocks = document.get("partners")
    if not isinstance(blocks, dict) or not blocks:
        raise ConfigurationError(file, ["partners: must be at least one table [partners.<id>]"])
    named = {
        key: block | {"id": block.get("id", key)} if isinstance(block, dict) else block
        for key, block in blocks.items()
    }
    try:
        partners = _PARTNERS.validate_python(named, context={"folder": file.parent})
    except ValidationError as error:
        # Before anything else could see it: pydantic's own text would repeat what was typed, secrets too.
        faults = [_fault(named, item) for item in error.errors(include_url=False)]
        raise ConfigurationError(file, faults) from None
    if faults := _clashes(partners):
        raise ConfigurationError(file, faults)
    return MappingProxyType(partners)


def _fault(blocks: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    key = ".".join(("partners", *_keys(blocks, item)))
    reason = item["msg"]
    if item["type"] in _OURS_TO_SAY:
        reason = reason.partition(", ")[2]
    if item["type"] == "union_tag_invalid":
        return f"{key} = {item['ctx']['tag']!r}: must be one of {item['ctx']['expected_tags']}"
    return f"{key}{_shown(item)}: {reason}"


def _keys(blocks: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    """The keys as they stand in the file: pydantic's place has the chosen dialect or kind among them."""
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
    """Every key below a type that holds a secret."""
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
                f"partner {owner} has it at this issuer, so an answer for one would fit the other"
            )
        faults += _containers(partners, key, partner)
    return faults


def _containers(partners: Mapping[str, Partner], key: str, partner: Partner) -> Iterator[str]:
    for other in partner.containers:
        if other == key or other not in partners:
            yield f"partners.{key}.containers.{other}: must be another partner of this file"
        elif partners[other].containers:
            yield f"partners.{key}.containers.{other}: has containers itself, so nobody would arrive"
