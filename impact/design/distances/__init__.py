"""How far apart two units are: scores, Mahalanobis, distances of one's own."""
