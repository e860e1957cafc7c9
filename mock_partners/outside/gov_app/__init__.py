"""The super-apps: one party that plays several hosts, each an OpenID provider with a shell of tiles around it."""
