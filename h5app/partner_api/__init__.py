"""The partner API `/partner/v1`: what a partner's own server may do and learn. An application of its own."""
