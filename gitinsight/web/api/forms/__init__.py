"""The forms in which results are taken away, each made piece by piece, so that no size is too large."""
