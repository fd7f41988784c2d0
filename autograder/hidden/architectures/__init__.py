"""The hidden suite of assignment 6."""
