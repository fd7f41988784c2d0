"""What every room speaks of: the course, a submission, a result. Imports no sibling."""
