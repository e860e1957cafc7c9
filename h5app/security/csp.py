"""What a page may load, run, send to and be framed by: nothing but ourselves, save what the partner's table allows."""

from __future__ import annotations

from partner_adapters.registry import Partner


def policy(nonce: str, partner: Partner | None, guest: str | None = None) -> str:
    """The Content-Security-Policy of one response. Scripts run by this response's nonce alone.

    `guest`: the origin of a host's script on this page; it may ask its own server, and nothing of ours.
    """
    # form-action reaches over redirects too: a POST that ends in a step-up goes on to the partner's login page.
    hosts = partner.identity.page_origins if partner else ()
    framers = partner.frame_ancestors if partner else ()
    rules = {
        "default-src": ("'none'",),
        "script-src": (f"'nonce-{nonce}'",),
        "style-src": ("'self'",),
        "img-src": ("'self'",),
        "connect-src": (guest or "'self'",),
        "form-action": ("'self'", *hosts),
        "frame-ancestors": framers or ("'none'",),
        "base-uri": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
