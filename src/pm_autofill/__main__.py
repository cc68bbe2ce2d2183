"""``pm-autofill`` and ``python -m pm_autofill``."""

from pm_autofill.cli.program import main

if __name__ == "__main__":
    main()
