"""RFC 3161 time-stamps from the system's own EC authority at business time. pyHanko's own stand-in knows RSA
only.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import TimeStamper

from mock_partners.bank.esign.certificates import Credential
from partner_adapters.esign.verification import as_asn1

# Below the number that IANA keeps for examples: no real authority's policy.
POLICY = "1.3.6.1.4.1.32473.2"
DIGEST = "sha256"


class OwnTimeStamper(TimeStamper):
    """Stamps everything with one moment, because a signing happens at one business time."""

    def __init__(self, tsa: Credential, at: datetime) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._signer = tsa.signer()
        self._name = as_asn1(tsa.certificate).subject
        self._at = at.astimezone(UTC).replace(microsecond=0)

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": req["message_imprint"],
                "serial_number": secrets.randbits(63),
                "gen_time": self._at,
                "nonce": req["nonce"],
                "tsa": x509.GeneralName("directory_name", self._name),
            }
        )
        token = await self._signer.async_sign_general_data(
            cms.EncapsulatedContentInfo(
                {"content_type": "tst_info", "content": core.ParsableOctetString(info.dump())}
            ),
            DIGEST,
            detached=False,
            use_cades=True,
            signed_attr_settings=PdfCMSSignedAttributes(signing_time=self._at),
        )
        return tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": _Token.load(token.dump())}
        )


class _Token(cms.ContentInfo):  # type: ignore[misc]
    """A token that is not encoded again.

    asn1crypto reads a header whose last byte is 0x80 as one of indefinite length. It then encodes
    everything inside anew, about three times for each level. When a length happened to end so, a signing
    took 2 to 8 s and not 0.2 s.
    """

    def dump(self, force: bool = False) -> bytes:
        encoded: bytes = self._header + self._contents + self._trailer
        return encoded

    def _is_mutated(self) -> bool:
        return False
