"""The configuration: what is read, from where, and what it may say."""

from pm_autofill.config.reader import Configuration, find, parse, read
from pm_autofill.config.secrets import Environment, expand
from pm_autofill.config.settings import Settings
from pm_autofill.config.shared import believe, share, withheld

__all__ = [
    "Configuration",
    "Environment",
    "Settings",
    "believe",
    "expand",
    "find",
    "parse",
    "read",
    "share",
    "withheld",
]
