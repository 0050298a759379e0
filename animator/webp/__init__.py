"""The WebP encoder."""
