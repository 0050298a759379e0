"""Media that are fetched from a URL."""
