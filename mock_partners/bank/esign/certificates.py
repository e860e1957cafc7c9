"""EC P-256 certificates with their keys, created by `cryptography` and used by pyHanko."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from partner_adapters.esign.verification import as_asn1

# An extension and whether it is critical.
Extension = tuple[x509.ExtensionType, bool]
# Valid from and until.
Life = tuple[datetime, datetime]
_USAGES = """digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign
crl_sign encipher_only decipher_only""".split()


@dataclass(frozen=True, repr=False)
class Credential:
    """A certificate and its key. `chain` holds the certificates between it and the root, which each signature
    includes.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    def signer(self) -> SimpleSigner:
        """Return the credential in pyHanko's form."""
        key = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return SimpleSigner(
            signing_cert=as_asn1(self.certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(key),
            cert_registry=SimpleCertificateStore.from_certs(  # type: ignore[no-untyped-call]
                as_asn1(one) for one in self.chain
            ),
        )

    def pem(self) -> tuple[str, str]:
        """Return certificate and key as PEM."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate_pem(self.certificate), key.decode()


def load(certificate: str, key: str, chain: Sequence[x509.Certificate] = ()) -> Credential:
    """Read a credential from PEM. Raises ValueError when key and certificate do not match or are not EC."""
    loaded = x509.load_pem_x509_certificate(certificate.encode())
    private = serialization.load_pem_private_key(key.encode(), password=None)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.public_key() != loaded.public_key():
        raise ValueError(f"the key is not the EC key of {loaded.subject.rfc4514_string()}")
    return Credential(loaded, private, tuple(chain))


def issue(
    subject: x509.Name,
    *,
    issuer: Credential | None,
    life: Life,
    extensions: Sequence[Extension],
    chain: Sequence[x509.Certificate] = (),
) -> Credential:
    """Create a key and its certificate. Without `issuer` the certificate is self-signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    signing_key = issuer.key if issuer else key
    # Certificates know whole seconds of UTC.
    first, last = (moment.astimezone(UTC).replace(microsecond=0) for moment in life)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return Credential(builder.sign(signing_key, hashes.SHA256()), key, tuple(chain))


def validate_path(credential: Credential, root: x509.Certificate, at: datetime) -> None:
    """Check that the certificate may sign contracts and leads to the root, as a verifier does at that time.

    Raises ValueError if the verifier cannot compare the names in it.
    """
    trust = ValidationContext(trust_roots=[as_asn1(root)], moment=at, allow_fetching=False)
    chain = [as_asn1(certificate) for certificate in credential.chain]
    validator = CertificateValidator(as_asn1(credential.certificate), chain, validation_context=trust)
    asyncio.run(validator.async_validate_usage({"non_repudiation"}))  # type: ignore[no-untyped-call]


def key_usage(*allowed: str) -> Extension:
    return x509.KeyUsage(**{usage: usage in allowed for usage in _USAGES}), True


def certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
