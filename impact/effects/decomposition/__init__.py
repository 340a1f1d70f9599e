"""The gain in net income, split into volume, quality, price and costs."""
