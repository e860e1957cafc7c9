"""Settings of the signing system: the keys and certificates of its authority, all EC P-256, as PEM."""

from __future__ import annotations

from pydantic import Field, model_validator

from partner_adapters.kit.values.settings import Secret, Settings


class Seal(Settings):
    """The electronic seal of a member bank. `name` is the bank's name in its contracts."""

    bank_id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: str = Field(min_length=4, max_length=40)
    certificate: str
    key: Secret


class AuthorityKeys(Settings):
    """The keys that `authority.create_authority` made. The root's private key was discarded after its last
    signature.
    """

    root_certificate: str
    """The certificate that verifiers trust."""
    ca_certificate: str
    """The certificate of the authority that issues event certificates and seals."""
    ca_key: Secret
    tsa_certificate: str
    tsa_key: Secret
    seals: tuple[Seal, ...] = Field(min_length=1)


class ESignSettings(Settings):
    authority: AuthorityKeys
    secrets: dict[str, Secret]
    """The secret of each bank that may call, by bank id. Each bank with a seal has one."""

    @model_validator(mode="after")
    def _every_seal_has_a_caller(self) -> ESignSettings:
        if missing := {seal.bank_id for seal in self.authority.seals} - self.secrets.keys():
            raise ValueError(f"no secret for {', '.join(sorted(missing))}")
        return self
