"""Measurements of what the product promises; run by ``make bench``, never by the tests."""
