"""The bank's core lending API: typed wire models and calls, one file a capability."""
