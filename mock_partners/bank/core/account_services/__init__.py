"""Opening an account and moving money in and out of it."""
