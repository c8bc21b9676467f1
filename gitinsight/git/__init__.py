"""Reading git repositories: bringing them here safely, and their history, trees and files."""
