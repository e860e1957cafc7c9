"""What every HTTP application has: references, logs, metrics, traces, limits, errors and calls."""
