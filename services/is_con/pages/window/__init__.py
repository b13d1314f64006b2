"""An operator's window: the queue in front of it, the status of any case, the results on the shelf."""
