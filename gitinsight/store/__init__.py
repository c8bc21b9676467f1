"""Keeping things: the tables and their SQL, the history files and the blob cache."""
