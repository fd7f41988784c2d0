"""The hidden suite of assignment 2."""
