"""What a host's server signs, seals and checks when it hands a person over (docs/partners/signing-and-sealing.md).

HMAC-SHA256 needs nothing but Python. SM3, SM4 and RSA need `sunbridge-sdk[signing]`, and SM2 needs `sunbridge-sdk[sm]`.
"""

from sunbridge.identity.gateway import HeaderNames, sign_headers, verify_headers
from sunbridge.identity.sealing import Signer, seal
from sunbridge.identity.signers import Rsa2Signer, Sm2Signer, Sm2Verifier
from sunbridge.identity.sm3 import sm3_hex, sm3_sign, sm3_verify
from sunbridge.identity.strings import sorted_pairs

__all__ = [
    "HeaderNames",
    "Rsa2Signer",
    "Signer",
    "Sm2Signer",
    "Sm2Verifier",
    "seal",
    "sign_headers",
    "sm3_hex",
    "sm3_sign",
    "sm3_verify",
    "sorted_pairs",
    "verify_headers",
]
