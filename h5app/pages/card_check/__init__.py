"""Step-up without a face check: bank card and SMS code."""
