"""Countries that run: back from a snapshot, as processes of their own, forked from a prepared one."""
