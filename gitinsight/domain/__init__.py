"""The ideas of the product in plain Python: no web, no SQL, no processes, no environment."""
