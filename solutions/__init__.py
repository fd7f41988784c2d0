"""The reference solutions of the course, one module per topic."""
