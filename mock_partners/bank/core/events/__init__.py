"""Events: what happened to each object, in one feed of the bank that partners read."""
