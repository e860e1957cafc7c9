"""What every HTTP application of the house does alike: its reference, logs, metrics, traces, limits, errors, calls."""
