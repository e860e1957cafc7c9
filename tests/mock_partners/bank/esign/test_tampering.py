"""docs/developers/tamper-matrix.md beside what is so: our verifier, pyHanko alone and poppler's pdfsig."""

import re
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature

from partner_adapters.esign.signers import contract_signers
from partner_adapters.esign.verification import NotVerified, _trust, verify
from tests.mock_partners.bank.esign.building import BANK, NOW, SIGNER, authority
from tests.mock_partners.bank.esign.poppler import signatures_of
from tests.mock_partners.bank.esign.tampering import ROWS, document, gap_of, signed
from tests.support.sample import every_nth

PAGE = Path(__file__).parents[4] / "docs" / "developers" / "tamper-matrix.md"
TABLE = {
    cells[0]: cells[1:]
    for line in PAGE.read_text("utf-8").splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 4
}
SIGNERS = contract_signers(SIGNER.name, SIGNER.id_number, "2031-0017", BANK)


def ours(pdf: bytes, at: datetime) -> str:
    try:
        verify(pdf, original=document(), root=authority().root, signers=SIGNERS, at=at)
    except NotVerified as refused:
        return str(refused).split(" (")[0]
    return "**verified**"


def pyhanko(pdf: bytes, at: datetime) -> str:
    """What pyHanko says by its own defaults about every signature that it finds, if it is told our root."""
    try:
        found = [
            validate_pdf_signature(signature, _trust(authority().root, at)).bottom_line
            for signature in PdfFileReader(BytesIO(pdf)).embedded_signatures
        ]
    except Exception:
        return "cannot read it"
    return "no signature" if not found else "valid" if all(found) else "invalid"


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What pdfsig says; it knows nothing of our root, so it is not asked about certificates."""
    said = signatures_of(pdf, folder)
    found = set(re.findall(r"Signature Validation: (.*)", said))
    if found != {"Signature is Valid."}:
        return "invalid" if found else "no signature"
    return "valid" if re.search(r"^ +- Total document signed", said, re.M) else "valid, in part"


def test_the_table_has_these_rows() -> None:
    assert list(TABLE)[2:] == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_the_verifier_says_what_the_table_says(row: str) -> None:
    make, at = ROWS[row]
    assert ours(make(), at) == TABLE[row][0]


@pytest.mark.whole
def test_no_changed_digit_of_the_seal_s_container_passes() -> None:
    """Most of a container is not signed. Digits beyond it are its padding."""
    start, end, _ = gap_of(signed())
    for at in range(start, start + (end - start) // 2, 37):
        digit = b"0" if signed()[at : at + 1] != b"0" else b"1"
        changed = signed()[:at] + digit + signed()[at + 1 :]
        assert ours(changed, NOW) != "**verified**", at - start


@pytest.mark.parametrize("row", every_nth([(row,) for row in ROWS], 9))
def test_other_tools_say_what_the_table_says(row: str, tmp_path: Path) -> None:
    make, at = ROWS[row]
    pdf = make()
    assert [pyhanko(pdf, at), pdfsig(pdf, tmp_path)] == TABLE[row][1:]
