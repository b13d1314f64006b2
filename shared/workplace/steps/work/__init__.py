"""The work of an employee on a case, beyond single steps."""
