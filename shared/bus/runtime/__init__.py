"""The run of a service: batches, unit of work, publishing."""
