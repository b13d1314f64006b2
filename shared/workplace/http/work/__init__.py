"""An employee's work over HTTP."""
