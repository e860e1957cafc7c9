"""Pre-credit, applications, decisions, contracts, signing."""
