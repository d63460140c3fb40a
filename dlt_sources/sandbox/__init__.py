"""The outside world in one process: a simulated company and servers that speak its systems' protocols."""
