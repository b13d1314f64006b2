"""The forms of the portal: the fields with their rules, as data, and a form that passes them."""
