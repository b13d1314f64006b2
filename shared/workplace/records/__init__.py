"""What a workplace stores about its cases."""
