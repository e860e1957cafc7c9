"""Comparing settlement files with the books."""
