"""Income as quantity × quality × price − costs, and how a difference of two incomes is shared among them."""
