"""АРМ ШЭП: the workplace at the gateway, for providers without a system of their own."""
