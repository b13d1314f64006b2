"""``egov-bus fault``: faults of the whole country by rules, through ШЭП's sandbox."""
