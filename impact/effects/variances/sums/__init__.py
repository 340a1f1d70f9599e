"""What groups, sets and units contribute to the error of one estimate or of several together."""
