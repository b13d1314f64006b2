"""``egov-bus migrate``, ``backup`` and ``restore``: the data over an upgrade and a loss."""
