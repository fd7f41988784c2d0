"""Names what went wrong: known mistakes replayed on a transcript."""
