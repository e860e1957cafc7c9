"""What every room of the core stands on."""
