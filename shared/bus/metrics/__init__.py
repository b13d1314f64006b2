"""What a system counts and measures about itself, for Prometheus."""
