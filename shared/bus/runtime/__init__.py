"""How a service runs: batches, unit of work, publishing."""
