"""How a cell is matched: distances of all units, the strategies' own code, cuts of large cells, sums for the balance."""
