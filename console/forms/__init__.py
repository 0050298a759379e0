"""What the console asks for, form by form. Ranges and rules are the services'; a form only shapes the values."""
