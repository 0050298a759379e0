"""Lists: their rows, pages, columns, what is ticked in them, and the file that takes them away."""
