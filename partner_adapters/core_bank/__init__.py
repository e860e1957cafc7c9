"""Client of the bank's core lending API: typed wire models and calls, one file for each capability."""
