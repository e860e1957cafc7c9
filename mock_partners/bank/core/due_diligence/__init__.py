"""Knowing the customer: photographs of the identity card, and the risk grade with its reasons."""
