"""The hidden suite of assignment 1."""
