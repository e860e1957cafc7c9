"""How partners vouch for people: one folder a dialect, and one result, `VerifiedIdentity`."""
