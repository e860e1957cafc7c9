"""Values that every package uses: money, rates, time, texts, masking, problems, check digits."""
