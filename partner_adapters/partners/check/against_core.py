"""Compare h5app's block of a partner with the core's block of the same partner.

    clients = load_core(Path("core.toml"))

The file has the core's `clients` as its settings name them, in the form `[[clients]]`. Other keys are not read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from partner_adapters.identity.dialects import VerifierConfig
from partner_adapters.identity.fields.paths import Path as Expression
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.verifier import OidcVerifierConfig
from partner_adapters.identity.policy import AcceptedCheck, StepUpPolicy
from partner_adapters.partners.check.against_discovery import Metadata
from partner_adapters.partners.check.findings import Finding
from partner_adapters.partners.file import ConfigurationError, fault_text
from partner_adapters.partners.partner import Partner

# Each side has its own registration at a host with calls, so these may differ there.
_OWN_REGISTRATION = frozenset(
    {"app_id", "app_secret", "private_key", "access_key", "secret", "sign_out_secret", "key", "iv"}
)
# Where customers come back to h5app, which the bank does not read.
_PAGES_ONLY = frozenset({"page", "entry", "bridge", "back"})


class CoreClient(BaseModel):
    """One client of the core, as far as it must fit h5app's block."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    client_id: str
    bank_id: str
    partner: str
    identity: VerifierConfig
    step_up: StepUpPolicy = Field(default=StepUpPolicy())


_CLIENTS: TypeAdapter[list[CoreClient]] = TypeAdapter(list[CoreClient])


def load_core(file: Path) -> Mapping[str, CoreClient]:
    """Read the core's clients by their id. Raises `ConfigurationError`."""
    try:
        clients = tomllib.loads(file.read_text("utf-8")).get("clients")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(file, [f"cannot be read: {type(error).__name__}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(file, [f"is not TOML: {error}"]) from None
    if not isinstance(clients, list) or not clients:
        raise ConfigurationError(file, ["clients: needs at least one table [[clients]]"])
    return {client.client_id: client for client in read_clients(file, clients)}


def read_clients(file: Path, clients: list[Any]) -> list[CoreClient]:
    """Check the tables `[[clients]]` of a file. Raises `ConfigurationError`."""
    try:
        return _CLIENTS.validate_python(clients, context={"folder": file.parent})
    except ValidationError as error:
        faults = [fault_text("clients", clients, item) for item in error.errors(include_url=False)]
        raise ConfigurationError(file, faults) from None


def compare(
    partner: Partner, clients: Mapping[str, CoreClient], metadata: Metadata | None = None
) -> Iterator[Finding]:
    """Yield what of both blocks must fit. `metadata`: the provider's discovery document, if it was read."""
    client = clients.get(partner.core.client_id)
    if client is None:
        known = ", ".join(sorted(clients))
        yield Finding(
            "fault",
            "core.client_id",
            f"one of the core's clients: {known}",
            f"{partner.core.client_id}",
            "copy the client's id from the core's file, or add the client there",
        )
        return
    partner_id = partner.id.partition("~")[0]
    yield _equal("core.client_id", f"partner of client {client.client_id}", partner_id, client.partner)
    yield from _identity(partner, client, metadata)
    yield from _policy(partner.step_up, client.step_up)


def _identity(partner: Partner, client: CoreClient, metadata: Metadata | None) -> Iterator[Finding]:
    ours, theirs = partner.identity, client.identity
    if ours.dialect != theirs.dialect:
        yield _equal("identity.dialect", "dialect", ours.dialect, theirs.dialect)
    elif isinstance(ours, OidcConfig):
        assert isinstance(theirs, OidcVerifierConfig)  # the dialect says so
        yield from _openid(ours, theirs, metadata)
    else:
        skip = _PAGES_ONLY
        if not hasattr(ours, "issuer"):
            skip |= _OWN_REGISTRATION
        differing = list(_differences(ours, theirs, skip))
        for path, mine, other in differing:
            yield _equal(f"identity.{path}", path, mine, other)
        if not differing:
            yield Finding("ok", "identity", "the same block at the core", "the core has the same block")


def _openid(ours: OidcConfig, theirs: OidcVerifierConfig, metadata: Metadata | None) -> Iterator[Finding]:
    yield _equal("identity.issuer", "issuer", ours.issuer, theirs.issuer)
    yield _equal("identity.client_id", "audience", ours.client_id, theirs.audience)
    missing = [name for name in ours.algorithms if name not in theirs.algorithms]
    if missing:
        yield _equal("identity.algorithms", "algorithms", list(ours.algorithms), list(theirs.algorithms))
    for path, mine, other in _differences(ours.particulars, theirs.particulars, frozenset()):
        yield _equal(f"identity.particulars.{path}", f"particulars.{path}", mine, other)
    if ours.clock_skew_s > theirs.clock_skew_s:
        yield _equal("identity.clock_skew_s", "clock_skew_s", ours.clock_skew_s, theirs.clock_skew_s)
    if metadata is not None:
        yield _equal("identity.issuer", "jwks_url", metadata.jwks_uri, theirs.jwks_url, of="the host's")
        if theirs.userinfo_url is not None:
            asked = theirs.userinfo_url
            yield _equal(
                "identity.issuer", "userinfo_url", metadata.userinfo_endpoint, asked, of="the host's"
            )


def _differences(
    ours: Any, theirs: Any, skip: frozenset[str], at: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yield the path of each value that differs, with both values."""
    match ours, theirs:
        case (BaseModel(), BaseModel()) if type(ours) is type(theirs):
            pairs = {name: (getattr(ours, name), getattr(theirs, name)) for name in type(ours).model_fields}
        case (dict(), dict()):
            names = dict.fromkeys([*ours, *theirs])
            pairs = {str(name): (ours.get(name), theirs.get(name)) for name in names}
        case (tuple() | list(), tuple() | list()) if len(ours) == len(theirs):
            pairs = {str(place): pair for place, pair in enumerate(zip(ours, theirs, strict=True))}
        case _:
            if ours != theirs:
                yield at, ours, theirs
            return
    for name, (mine, other) in pairs.items():
        if name not in skip:
            yield from _differences(mine, other, skip, f"{at}.{name}" if at else name)


def _equal(key: str, name: str, ours: Any, theirs: Any, of: str = "h5app's") -> Finding:
    """Judge one value that must be the same on both sides. No secret is shown."""
    expected = f"{name} at the core = {of} {_shown(ours)}"
    if ours == theirs:
        return Finding("ok", key, expected, f"{name} at the core is {of} {_shown(ours)}")
    return Finding(
        "fault",
        key,
        expected,
        f"the core has {_shown(theirs)}",
        f"correct {name} of the core's client, or this key if the core is right",
    )


def _shown(value: Any) -> str:
    match value:
        case SecretStr():
            return "(a secret)"
        case None:
            return "nothing"
        case BaseModel() | dict():
            return "a table"
        case tuple() | list():
            return f"[{', '.join(map(_shown, value))}]"
        case Expression():
            return value.source
        case _:
            return ascii(value)[:200]


def _policy(ours: StepUpPolicy, theirs: StepUpPolicy) -> Iterator[Finding]:
    """Judge each action. h5app must not accept a check that the core refuses afterwards."""
    for action in StepUpPolicy.model_fields:
        mine: Sequence[AcceptedCheck] = getattr(ours, action)
        core: Sequence[AcceptedCheck] = getattr(theirs, action)
        for check in mine:
            if not any(_is_within(check, accepted) for accepted in core):
                yield Finding(
                    "fault",
                    f"step_up.{action}",
                    f"a check that the core accepts: {' or '.join(map(_words, core))}",
                    f"{_words(check)}, which the core refuses",
                    "make it as strict as the core's step_up: the customer would be checked in vain",
                )


def _is_within(check: AcceptedCheck, core: AcceptedCheck) -> bool:
    """Whether every check that `check` accepts is accepted by the core too."""
    limit = float("inf") if core.limit_fen is None else core.limit_fen
    return (
        check.by == core.by
        and set(core.methods) <= set(check.methods)
        and (not core.assurance or (bool(check.assurance) and set(check.assurance) <= set(core.assurance)))
        and check.max_age_s <= core.max_age_s
        and (core.undated or not check.undated)
        and (float("inf") if check.limit_fen is None else check.limit_fen) <= limit
    )


def _words(check: AcceptedCheck) -> str:
    parts = [f"by {check.by}", f"methods {list(check.methods)}"]
    parts += [f"assurance {list(check.assurance)}"] if check.assurance else []
    parts += ["undated" if check.undated else f"max_age_s {check.max_age_s}"]
    parts += [f"limit_fen {check.limit_fen}"] if check.limit_fen is not None else []
    return "(" + ", ".join(parts) + ")"
