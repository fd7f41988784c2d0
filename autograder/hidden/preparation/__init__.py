"""Hidden suite of assignment 3, preparation."""
