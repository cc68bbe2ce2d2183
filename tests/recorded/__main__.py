"""Record the incidents anew: ``python -m tests.recorded [NAME]...`` in the project's folder."""

from __future__ import annotations

import sys

from fixtures.recorder import record
from tests.recorded.scenes import SCENES

if __name__ == "__main__":
    sys.exit(max(record(SCENES[name]) for name in sys.argv[1:] or SCENES))
