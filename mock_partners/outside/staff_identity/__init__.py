"""The bank's own OpenID provider for its staff, played: invented people who sign in by a tap."""
