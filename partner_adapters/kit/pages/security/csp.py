"""The Content-Security-Policy: a page uses only its own origin, apart from what its `PagePolicy` allows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

NONCE = "{nonce}"


@dataclass(frozen=True)
class PagePolicy:
    """What one page is allowed beyond its own origin. Every entry is an origin such as `https://host.example`."""

    # Origins whose pages may frame this page.
    frame_ancestors: tuple[str, ...] = ()
    # Origins that a form's response may redirect to: browsers apply `form-action` to the whole redirect chain.
    form_action: tuple[str, ...] = ()
    # Origins that this page may show in frames of its own.
    frames: tuple[str, ...] = ()
    # The origin of another party's script on this page: it may call its own server, and nothing of ours.
    guest: str | None = None

    @cached_property
    def rules(self) -> str:
        """The policy without the nonce, built once for each page policy."""
        return _rules(self)


def pdf_policy(page: PagePolicy) -> str:
    """Return the policy header of a PDF.

    WebKit lays its viewer out by styles inside a page of its own, which this policy governs. Without them it draws the
    PDF as small as a stamp. A PDF holds no markup of ours or of a customer, so such styles reveal nothing.
    """
    ancestors = " ".join(page.frame_ancestors or ("'none'",))
    return (
        "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; form-action 'none'; base-uri 'none'; "
        f"frame-ancestors {ancestors}"
    )


def policy(nonce: str, page: PagePolicy) -> str:
    """Return the policy header of one response. Only scripts with this response's nonce run."""
    return page.rules.replace(NONCE, nonce)


def _rules(page: PagePolicy) -> str:
    rules = {
        "default-src": ("'none'",),
        "script-src": (f"'nonce-{NONCE}'",),
        "style-src": ("'self'",),
        "img-src": ("'self'",),
        "connect-src": (page.guest or "'self'",),
        "form-action": ("'self'", *page.form_action),
        "frame-ancestors": page.frame_ancestors or ("'none'",),
        "base-uri": ("'none'",),
    }
    if page.frames:
        rules["frame-src"] = page.frames
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
