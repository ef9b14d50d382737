"""What all tests share."""

import os

from hypothesis import settings

# Hypothesis loads a profile of its own when CI is set, which repeats the same examples for ever.
# Here each run tries others, and prints how to repeat the one that failed.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
