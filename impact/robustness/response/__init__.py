"""Who did not answer: weights for those who did, and bounds without a model of who did not."""
