"""How partners vouch for people: one file a dialect, all ending in one `VerifiedIdentity`."""
