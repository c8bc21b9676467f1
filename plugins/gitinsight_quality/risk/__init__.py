"""Which files are likely to need a bug fix next: a ranking with its weights, its fit and its own proof."""
