"""One encoder for the files that FFmpeg writes itself: MP4, WebM, AVIF and APNG."""
