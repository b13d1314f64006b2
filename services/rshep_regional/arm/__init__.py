"""АРМ РШЭП, the workplace at the regional gateways: one instance serves all regions, each through its РШЭП."""
