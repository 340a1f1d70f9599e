"""From files to runs: where the rows are, what the columns are, what is checked, one pass over each part."""
