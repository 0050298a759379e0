"""Who may do what where: applications (tenants), members and their roles, API keys and access tokens."""
