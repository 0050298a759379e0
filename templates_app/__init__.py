"""Animated-image templates: what the picture looks like. Which seconds it shows is a task flow's business."""
