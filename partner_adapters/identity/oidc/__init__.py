"""OpenID Connect hosts."""
