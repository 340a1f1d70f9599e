"""Controls that wait for the programme: whether they do, what they may have done in advance, and what may have reached them."""
