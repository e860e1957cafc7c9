"""HTTP calls to other parties."""
