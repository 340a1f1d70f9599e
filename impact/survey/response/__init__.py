"""Who answered: response by arm, and bounds on the effect where the arms lost different households."""
