"""From a host's fields to ours, by configuration."""
