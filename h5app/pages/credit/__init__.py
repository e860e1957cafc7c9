"""Products, applications and their results."""
