"""What a repository is built on: its manifests, the packages they name, and how far these lie behind."""
