"""Credit lines and drawdowns."""
