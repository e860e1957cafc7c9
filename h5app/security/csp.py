"""What a page may load, run, send to and be framed by: nothing but ourselves, save what the partner's table allows."""

from __future__ import annotations

from functools import lru_cache

from partner_adapters.partners.file import Partner

NONCE = "{nonce}"


def policy(nonce: str, partner: Partner | None, guest: str | None = None) -> str:
    """The Content-Security-Policy of one response. Scripts run by this response's nonce alone.

    `guest`: the origin of a host's script on this page; it may ask its own server, and nothing of ours.
    """
    hosts = partner.identity.page_origins if partner else ()
    framers = partner.frame_ancestors if partner else ()
    return _rules(hosts, framers, guest).replace(NONCE, nonce)


@lru_cache(maxsize=256)
def _rules(hosts: tuple[str, ...], framers: tuple[str, ...], guest: str | None) -> str:
    rules = {
        "default-src": ("'none'",),
        "script-src": (f"'nonce-{NONCE}'",),
        "style-src": ("'self'",),
        "img-src": ("'self'",),
        "connect-src": (guest or "'self'",),
        # It reaches over redirects too: a POST that ends in a step-up goes on to the partner's login page.
        "form-action": ("'self'", *hosts),
        "frame-ancestors": framers or ("'none'",),
        "base-uri": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in rules.items())
