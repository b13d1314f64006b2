"""The forms of a report: JSON, pages in three languages, JUnit, a signature, and the comparison of two runs."""
