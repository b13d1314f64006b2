"""The boards by which the operator steers a sandbox: time, faults, clerks, and the way back."""
