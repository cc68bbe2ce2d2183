"""Replayed rules in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pm_autofill.wording.markdown import escape
from pm_autofill.wording.numbers import join_words

if TYPE_CHECKING:
    from pm_autofill.replayed import BurnRule, ReplayedRule
    from pm_autofill.wording.values import Ink

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def rule_words(rule: ReplayedRule, ink: Ink = escape) -> str:
    """What a rule is called: the alert's name, or ``the 1h/5m page of Google and Sloth at burn rate 14.4``."""
    if rule.burn is None:
        return f"the rule {ink(rule.name)}"
    return f"the {burn_words(rule.burn)} of {join_words(rule.burn.sets)} at burn rate {factor_words(rule.burn)}"


def burn_words(rule: BurnRule) -> str:
    """The windows and severity of a burn-rate rule, such as ``1h/5m page``."""
    return f"{window_words(rule.long)}/{window_words(rule.short)} {rule.severity}"


def factor_words(rule: BurnRule) -> str:
    """The burn rate a rule asks for, such as ``14.4``."""
    return f"{rule.factor:.4g}"


def window_words(seconds: float) -> str:
    """A length as rules write it, such as ``5m`` or ``4d6h51m``."""
    rest, words = round(seconds), ""
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        words += f"{count}{unit}" if count else ""
    return words or "0s"
