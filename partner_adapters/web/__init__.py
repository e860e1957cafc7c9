"""What every HTTP application of the house does alike: request id, logs, limits, errors, health, calls."""
