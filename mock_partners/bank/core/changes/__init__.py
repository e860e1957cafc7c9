"""Changing products and parameters: one person proposes, another decides, from a day on, in two layers."""
