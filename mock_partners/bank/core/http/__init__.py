"""HTTP handlers, one file a room."""
