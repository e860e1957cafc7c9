"""What each source answers about one person on one business date, one file for each. Facts age with the clock."""
