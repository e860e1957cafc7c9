"""The reference and the trace spans of the running request or job."""
