"""The scanner of asdeclared: policy, collection, evaluation, history and command line."""
