"""What keeps one person's pages that person's: one file a protection."""
