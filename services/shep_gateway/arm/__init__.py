"""АРМ ШЭП, the workplace at ШЭП, for providers without a system."""
