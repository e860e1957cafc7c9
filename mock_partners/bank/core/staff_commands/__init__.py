"""The commands of the bank's staff. Each calls the core's API as an operator, so the core records who it was."""
