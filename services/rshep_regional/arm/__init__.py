"""АРМ РШЭП: the workplace at a regional gateway; one instance serves all regions, each through its own РШЭП."""
