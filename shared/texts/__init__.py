"""What systems say to people, in Russian, Kazakh and English: YAML beside each system, read when first needed."""
