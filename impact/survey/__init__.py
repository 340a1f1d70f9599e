"""Tables in: read, validate, roles, outcomes, poverty."""
