"""Where no effect can be, none should be found: outcomes and treatments that the programme could not have moved."""
