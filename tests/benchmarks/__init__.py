"""How fast: ratios of one run, on the machine that runs them."""
