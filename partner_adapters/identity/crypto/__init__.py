"""Keys, signatures and ciphers of the dialects."""
