"""``egov-bus record`` and ``egov-bus replay``: what passed ШЭП, kept in a file and sent again."""
