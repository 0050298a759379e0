"""What becomes of a form that is sent: held over a sign-in, sent once, its refusals beside their fields."""
