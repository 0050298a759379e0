"""REST: media, uploads, tasks and outputs. Views translate; services and selectors decide."""
