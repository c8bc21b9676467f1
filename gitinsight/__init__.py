"""GitInsight: see how healthy a git repository is, where the risk sits and where it is going."""

__version__ = "0.1.0"
