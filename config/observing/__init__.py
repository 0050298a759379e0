"""What an operator looks at: health, figures, metrics, the diagnosis and the file to send to whoever helps."""
