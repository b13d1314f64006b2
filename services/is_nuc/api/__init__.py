"""НУЦ over HTTP."""
