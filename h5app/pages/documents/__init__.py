"""Downloads: one-time links to documents."""
