"""The simulated estate and clouds that the demo and the contract tests scan."""
