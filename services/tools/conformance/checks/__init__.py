"""What the requirements ask of the exchanges."""
