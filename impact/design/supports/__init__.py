"""Common support: rules that put units aside before matching, one file each."""
