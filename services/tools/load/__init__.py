"""Load on a gateway: calls at their intended times, whatever the gateway answers, and a report of the run."""
