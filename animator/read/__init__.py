"""From a file to the pictures that it shows."""
