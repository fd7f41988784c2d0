"""The hidden suite of assignment 4."""
