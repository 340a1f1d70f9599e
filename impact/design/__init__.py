"""Who is compared with whom: never sees an outcome."""
