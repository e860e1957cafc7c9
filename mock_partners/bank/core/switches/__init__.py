"""Switches: operators stop an action, product, partner or outside party, and two of them start it again."""
