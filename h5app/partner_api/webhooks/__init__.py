"""Webhooks: what happened at the bank, posted to endpoints of partners' servers (Standard Webhooks 1.0)."""
