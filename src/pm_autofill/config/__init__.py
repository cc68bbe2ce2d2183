"""The configuration: what is read, from where, and what it may say."""

from pm_autofill.config.reader import Configuration, find, parse, read
from pm_autofill.config.secrets import Environment, expand
from pm_autofill.config.settings import Settings

__all__ = ["Configuration", "Environment", "Settings", "expand", "find", "parse", "read"]
