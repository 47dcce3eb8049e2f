"""Training one configuration over many seeds."""
