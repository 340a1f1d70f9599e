"""From the text of ``evaluation.toml`` to checked objects: places, values, components by their protocol."""
