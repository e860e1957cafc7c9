"""What the signing party is told at its start: the keys and certificates of its authority, all EC P-256, as PEM."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.kit.values.settings import Secret, Settings


class Seal(Settings):
    """A member bank's electronic seal: `name` is what its contracts must call the bank."""

    bank_id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: str = Field(min_length=4, max_length=40)
    certificate: str
    key: Secret


class AuthorityKeys(Settings):
    """Made by `authority.create_authority`. The root's key is not among them: it signed what it had to and is gone."""

    root_certificate: str
    """What verifiers trust."""
    ca_certificate: str
    """Of the authority that issues event certificates and seals."""
    ca_key: Secret
    tsa_certificate: str
    tsa_key: Secret
    seals: tuple[Seal, ...] = Field(min_length=1)


class ESignSettings(Settings):
    authority: AuthorityKeys
