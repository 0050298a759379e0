"""One picture: its geometry, its colours, its way through FFmpeg's filters."""
