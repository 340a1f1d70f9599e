"""One question of a configuration answered by itself, without the whole report."""
