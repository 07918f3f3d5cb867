"""The simulated site: each part by itself, then the whole through its jump host."""
