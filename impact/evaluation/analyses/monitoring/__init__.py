"""What the programme's own records answer: results, targeting, returns, survival, markets, exposure, reach, and the auditor."""
