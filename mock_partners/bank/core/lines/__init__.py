"""Credit lines: how much of each is used, and whether it may be drawn."""
