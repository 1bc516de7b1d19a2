"""Who may do what: one file of roles, and the auth managers that hold to it."""
