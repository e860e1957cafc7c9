"""The protections of a page and its session, one file for each."""
