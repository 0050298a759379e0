"""Bytes: the scratch folder for unfinished files, and the store for what is kept, on the local disk or in S3."""
