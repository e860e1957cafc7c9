"""Decisions: rules over dated facts, a limit, a rate. Doubt refers, it never approves."""
