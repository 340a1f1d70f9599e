"""What a survey with waves is asked, and the survey that is planned next."""
