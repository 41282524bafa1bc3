"""The clouds that the scanner knows."""
