"""Decisions: rules over dated facts, a limit and a rate. Doubt refers to a person and never approves."""
