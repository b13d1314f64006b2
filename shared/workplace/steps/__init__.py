"""What a step of a passport does at a workplace."""
