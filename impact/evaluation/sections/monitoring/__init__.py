"""What the programme's own follow-up shows."""
