"""``egov-bus snapshot``: the state of a whole country, kept, compared and brought back."""
