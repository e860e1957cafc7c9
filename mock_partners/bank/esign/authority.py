"""The certification authority: a root, an issuing authority, a time-stamper, bank seals and event
certificates.

An event certificate serves one signing. Its key is created for it, signs once, and is never written to
disk. All keys are EC P-256, because one RSA key among them makes pyHanko need seconds for a signature.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mock_partners.bank.esign.certificates import (
    Credential,
    Extension,
    Life,
    certificate_pem,
    issue,
    key_usage,
    load,
    validate_path,
)
from mock_partners.bank.esign.settings import AuthorityKeys, Seal
from partner_adapters.esign.signers import borrower_subject, exact_name, seal_subject
from partner_adapters.esign.verification import as_asn1
from partner_adapters.kit.values.names import from_certificate, in_certificate
from partner_adapters.kit.values.problems import FieldError, Problem

# Longer than any world's clock is moved.
AUTHORITY_LIFE = timedelta(days=365 * 30)
# Time to finish one signing; the time-stamp proves later that it was within.
EVENT_LIFE = timedelta(hours=1)
# X.520 allows a name 64 characters. The library counts bytes of UTF-8, of which 22 Chinese characters have 66.
warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)
_ORGANISATION = "阳光桥演示电子认证"
# RFC 9608: too short-lived to be revoked, so it needs no revocation check.
_NO_REVOCATION = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00")


def create_authority(seals: Mapping[str, str], now: datetime) -> AuthorityKeys:
    """Create new keys and a seal for each bank.

    `seals`: bank id → name, such as `{"hzw": "海州湾农村商业银行"}`. `now` is business time.
    """
    life = (now - timedelta(days=1), now + AUTHORITY_LIFE)
    sign_certificates = key_usage("key_cert_sign", "crl_sign")
    root = issue(
        _name("根证书"),
        issuer=None,
        extensions=[(x509.BasicConstraints(ca=True, path_length=1), True), sign_certificates],
        life=life,
    )
    ca = issue(
        _name("电子签名认证"),
        issuer=root,
        extensions=[(x509.BasicConstraints(ca=True, path_length=0), True), sign_certificates],
        life=life,
    )
    tsa = issue(
        _name("可信时间戳"),
        issuer=root,
        extensions=[
            (x509.BasicConstraints(ca=False, path_length=None), True),
            key_usage("digital_signature"),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        ],
        life=life,
    )
    tsa_certificate, tsa_key = tsa.pem()
    ca_certificate, ca_key = ca.pem()
    return AuthorityKeys(
        root_certificate=certificate_pem(root.certificate),
        ca_certificate=ca_certificate,
        ca_key=ca_key,
        tsa_certificate=tsa_certificate,
        tsa_key=tsa_key,
        seals=tuple(_seal(bank_id, name, ca, life) for bank_id, name in seals.items()),
    )


def revealed(keys: AuthorityKeys) -> str:
    """Return all keys as JSON, private ones included, for a file that only its owner may read.

    `AuthorityKeys.model_validate_json` reads it.
    """
    open_keys = keys.model_dump() | {
        "ca_key": keys.ca_key.get_secret_value(),
        "tsa_key": keys.tsa_key.get_secret_value(),
        "seals": [seal.model_dump() | {"key": seal.key.get_secret_value()} for seal in keys.seals],
    }
    return json.dumps(open_keys, ensure_ascii=False, indent=1)


class Authority:
    """The authority in use. Raises ValueError when a key and its certificate do not belong together."""

    def __init__(self, keys: AuthorityKeys) -> None:
        self.root = x509.load_pem_x509_certificate(keys.root_certificate.encode())
        self._ca = load(keys.ca_certificate, keys.ca_key.get_secret_value())
        self.tsa = load(keys.tsa_certificate, keys.tsa_key.get_secret_value())
        chain = (self._ca.certificate,)
        self.seals = {
            seal.bank_id: load(seal.certificate, seal.key.get_secret_value(), chain) for seal in keys.seals
        }
        self.seal_names = {seal.bank_id: seal.name for seal in keys.seals}

    def event_credential(self, name: str, id_number: str, contract: str, now: datetime) -> Credential:
        """Issue a certificate for this person and contract, valid from `now` for `EVENT_LIFE`.

        The returned credential is the only place that holds its key. Raises Problem 422
        `esign.not_certifiable` if a verifier would not accept the name.
        """
        credential = issue(
            borrower_subject(name, id_number, contract),
            issuer=self._ca,
            life=(now, now + EVENT_LIFE),
            extensions=[*_SIGNING, (_NO_REVOCATION, False), *_exact(name)],
            chain=(self._ca.certificate,),
        )
        self._require_certified(credential, name, now)
        return credential

    def _require_certified(self, credential: Credential, name: str, now: datetime) -> None:
        try:
            validate_path(credential, self.root, now)
            read = as_asn1(credential.certificate).subject.native["common_name"]
        except ValueError as error:
            # Such as a name that mixes scripts of both directions. No single character is the reason.
            errors = [FieldError(field="signer.name", code="esign.not_certifiable")]
            raise Problem(422, "esign.not_certifiable", str(error), errors=errors) from error
        assert from_certificate(read) == name, "a certificate names the person exactly"


def _exact(name: str) -> list[Extension]:
    """Return the extension with the exact name if the subject writes a character of it by its number."""
    return [] if in_certificate(name) == name else [(exact_name(name), False)]


_SIGNING = [
    (x509.BasicConstraints(ca=False, path_length=None), True),
    key_usage("digital_signature", "content_commitment"),
]


def _seal(bank_id: str, name: str, ca: Credential, life: Life) -> Seal:
    sealing = issue(seal_subject(name), issuer=ca, life=life, extensions=_SIGNING)
    certificate, key = sealing.pem()
    return Seal(bank_id=bank_id, name=name, certificate=certificate, key=key)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_ORGANISATION} {common_name}"),
        ]
    )
