"""Partners and hosts that a world registers."""
