"""What each source returns: one typed record in each file, with the facts that the bank derives from it."""
