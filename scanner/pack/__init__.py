"""The evidence pack: a run as one archive that proves itself, and its verification."""
