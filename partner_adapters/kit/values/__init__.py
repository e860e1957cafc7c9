"""The words every package shares: money, rates, time, masking, problems, check digits."""
