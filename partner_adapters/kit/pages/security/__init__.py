"""What protects a page and its session, one file a protection."""
