"""What serves the rows of `routes.py`, one file for each resource."""
