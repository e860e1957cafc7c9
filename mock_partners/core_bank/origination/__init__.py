"""From the first offer to an open credit line: pre-credit, application, decision, contract, signing."""
