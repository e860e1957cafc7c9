"""The request id and the spans of the running work."""
