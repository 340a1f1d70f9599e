"""Property tests draw the same examples in every run, so that what passes here passes there.

``HYPOTHESIS_PROFILE=explore pytest tests/properties`` draws new ones, more of them.
"""

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
