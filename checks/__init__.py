"""The checks: each a pure function of facts and parameters, written once for all clouds."""
