"""Collecting: what is asked of a cloud, and what its resource types are."""
