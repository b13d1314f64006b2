"""A country in the background: started, looked at, opened in the browser, stopped, thrown away."""
