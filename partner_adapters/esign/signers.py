"""Who signs a contract: the signature fields, and the names that each certificate must carry.

E-sign issues certificates with these names, and the bank compares a signed contract with them.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from partner_adapters.kit.values.masking import mask_id_number
from partner_adapters.kit.values.names import in_certificate

# The fields in the order in which they are signed.
BORROWER_FIELD, BANK_FIELD = "borrower", "bank"
_COUNTRY = x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")


def contract_signers(name: str, id_number: str, number: str, bank_name: str) -> dict[str, x509.Name]:
    """Return who must have signed the contract with this number: field → subject of the certificate, in order."""
    return {BORROWER_FIELD: borrower_subject(name, id_number, number), BANK_FIELD: seal_subject(bank_name)}


def borrower_subject(name: str, id_number: str, number: str) -> x509.Name:
    """Return the subject of the certificate that serves the borrower for the contract with this number."""
    return x509.Name(
        [
            _COUNTRY,
            x509.NameAttribute(NameOID.COMMON_NAME, in_certificate(name), _validate=False),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, mask_id_number(id_number)),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, number),
        ]
    )


def exact_name(name: str) -> x509.SubjectAlternativeName:
    """Return the extension that holds the name itself, for people and for verifiers that know later characters."""
    common_name = x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=False)
    return x509.SubjectAlternativeName([x509.DirectoryName(x509.Name([common_name]))])


def seal_subject(bank_name: str) -> x509.Name:
    """Return the subject of the certificate of the bank's seal."""
    return x509.Name(
        [
            _COUNTRY,
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, bank_name),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{bank_name}合同专用章"),
        ]
    )
