"""The texts of systems for people, in Russian, Kazakh and English: YAML beside each system, read on first use."""
