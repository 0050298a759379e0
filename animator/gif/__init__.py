"""The GIF encoder."""
