"""The hidden suite of assignment 5."""
