"""Grades hand-ins: runs items, carries errors forward, scores by property, writes results."""
