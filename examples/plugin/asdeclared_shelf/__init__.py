"""A plugin: tapes on a shelf, described by a JSON file, judged by the same promises as a cloud."""
