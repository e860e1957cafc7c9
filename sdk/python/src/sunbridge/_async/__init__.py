"""The asynchronous client: the one source, from which `tools/make_sync.py` makes the synchronous one."""
