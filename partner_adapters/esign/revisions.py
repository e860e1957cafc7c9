"""What the revisions of a signed file may change: each fills one signature field, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from io import BytesIO

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    FormUpdatingRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

# pyHanko's own policy also allows what a later validation may add: metadata, invisible fields, stores of validation
# data, unused objects. A contract gets none of these.
_ONLY_SIGNATURES = StandardDiffPolicy(
    [
        CatalogModificationRule(frozenset({"/AcroForm", "/Perms"})),  # type: ignore[no-untyped-call]
        XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    FormUpdatingRule([SigFieldModificationRule()], ignored_acroform_keys=frozenset({"/Fields", "/SigFlags"})),
    ignore_orphaned_objects=False,
    ignore_identical_objects=False,
)


def only_signed(original: bytes, reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]) -> bool:
    """Whether each revision after `original` adds the next of `signatures`, and nothing else.

    This includes the first signature's own revision, which the signature covers whatever else it changes.
    """
    last_read = PdfFileReader(BytesIO(original)).xrefs.total_revisions - 1
    signed = [signature.signed_revision - last_read for signature in signatures]
    if signed != list(range(1, reader.xrefs.total_revisions - last_read)):
        return False
    # Each with the one before it: against `original` alone, the seal's revision could replace the borrower's mark.
    revisions = [reader.get_historical_resolver(last_read + i) for i in range(len(signatures) + 1)]
    try:
        changed = [
            _ONLY_SIGNATURES.apply(old, new).changed_form_fields for old, new in itertools.pairwise(revisions)
        ]
    except SuspiciousModification:
        return False
    return changed == [{signature.field_name} for signature in signatures] and _certified(reader, signatures)


def _certified(reader: PdfFileReader, signatures: Sequence[EmbeddedPdfSignature]) -> bool:
    """Whether each signature forbids changes to every reader, and no other permission was put into the file."""
    certifying = {"/DocMDP": signatures[0].sig_object} if len(signatures) > 1 else {}
    permissions = reader.root.get("/Perms", {})
    return {name: permissions[name] for name in permissions} == certifying and all(
        signature.docmdp_level is not None for signature in signatures
    )
