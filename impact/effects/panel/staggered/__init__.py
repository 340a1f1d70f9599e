"""Groups that enter at different dates: effects by cohort and wave, and what they add up to."""
