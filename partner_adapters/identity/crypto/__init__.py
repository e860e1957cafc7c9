"""Keys, signatures and ciphers that the dialects use."""
