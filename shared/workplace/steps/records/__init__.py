"""The records that the act lets a person make in a step: survey, conclusion, journal, register."""
