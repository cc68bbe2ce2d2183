"""What a value looks like that stands behind a word such as "password": a secret, or something ordinary."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"\[(?:secret|phone|address|redacted|masked|hidden|removed)|<[^<>]{0,60}>|\*{2,}|\.{3}|…|\{\{|\{\w+\}|%\(|%s"
    r"|\$[{(]|\$[A-Z_]{2,}\w*\Z|[xX]{3,}\Z|\#{3,}\Z|_{3,}\Z|-{3,}\Z"
    r"|[A-Za-z_][A-Za-z_.]{0,60}\((?:[rbf]?[\"'`]|\Z|\w{0,60}[)=,])"
    r"|(?i:your|example|redacted|masked|hidden)(?:[-_ ]|\Z)"
)
# What is said of a password, a token or a key rather than being one.
_STATES = frozenset(
    """
    a about absent abuse accepted access active after again all also always an and any are as ask at audience
    auth authentication back bad be because been before being belongs below blank blocked broken bucket buckets
    but by cache caching call can cannot change changed changes check checked checks claim claims com comes
    compromised configured conflict connection contact context correct could create created daily day days
    deadline default delete deleted denied detected dial different disabled do does done done. down duplicate
    empty enabled endpoint eof error errors exceeded exhausted expiration expired expires expiry exposed fail
    failed failing fails failure failures false file find fine flow for forbidden found from generation
    generator get gone good grant had handling has have here hidden hour hours how http https id ids if ignored
    in incomplete incorrect info input internal invalid is issue issuer it its just keep known leak leakage
    leaked leaks length let lies lifetime like limit limits live lives locked login look lookup lost malformed
    management manager mandatory many masked match matched may mechanism might minute minutes mismatch
    mismatches missing month monthly months must n/a name needed needs never new nil no none not now null of off
    often ok ok. okay old on once only optional or out page panic pass passed pending per permission please
    policy present problem production provided provider providers pushed put quota rate read reads redacted
    refresh refreshes refused rejected removed renewed required requires reset resets retries retry revoked
    rotated rotates rotation rotations same scope scopes see send sent server service services set shall share
    shared should signature size skipped so staging stale status still stolen storage store stored stores string
    success successful supplied take tcp that the theft their then there this throttled timeout timeouts tls to
    today tomorrow too true try ttl type unable unauthorized undefined unexpected unknown unset unsupported
    unused up update updated usage use used user using valid validation value vault verification via was weak
    week weekly weeks went were when where which while why will with without works would write wrong x509 year
    years yes yesterday yet you
    """.split()  # noqa: SIM905 - a list of so many words, one to a line, would be longer than this file
)
_ENDINGS = ("ed", "ing", "tion", "ly")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_ORDINARY = re.compile(
    r"""
      [0-9.,:]+(?:ms|us|ns|[smhdwy%]|[kKMGT]?i?B|x|st|nd|rd|th)?      # numbers, durations, versions, ports, times
    | v?\d+(?:\.\d+){1,4}(?:[-+.][\w.]{1,20})?                        # versions, addresses
    | \d{4}-\d{2}-\d{2}(?:[T ][\d:.,]+(?:Z|[+-]\d{2}:?\d{2})?)?        # dates and instants
    | [A-Z][A-Z0-9]{1,9}-\d{1,7}                                      # tickets
    | [a-z][a-z0-9+.-]{1,15}://\S*                                    # addresses, whose secrets are looked for apart
    | (?:arn|urn|sha256|sha1|md5):\S*
    | (?:[A-Za-z]:)?[~.]{0,2}[/\\]\S*                                 # paths
    | [\w.-]+\.(?:ya?ml|json|toml|env|txt|pem|key|crt|conf|ini|py|go|js|ts|rb|java|sh|md|log)  # files
    | [\w.-]+\.(?:com|net|org|io|local|internal)                    # hosts
    """,
    re.VERBOSE,
)
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_WORD = 3
_DIGITS_MIXED_IN = 3


def is_placeholder(value: str) -> bool:
    """Whether a value stands for one that is not told: ``${TOKEN}``, ``<token>``, ``****``, or our own mark."""
    return not value or _PLACEHOLDER.match(value) is not None


def is_state(value: str) -> bool:
    """Whether a value is a word about the secret in place of the secret, such as "expired"."""
    word = value.lower().strip(".,;:!?\"'`()")
    return word in _STATES or not word or (word.isalpha() and word.endswith(_ENDINGS))


def is_ordinary(value: str) -> bool:
    """Whether a value is a number, a version, an instant, a ticket, an address or a path."""
    return _ORDINARY.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Whether a value is a UUID: some issuers' keys are, and so is nearly everything else."""
    return _UUID.fullmatch(value) is not None


def is_hexadecimal(value: str, least: int) -> bool:
    """Whether a value is a hexadecimal number of so many digits or more, letters among them."""
    return len(value) >= least and _HEXADECIMAL.fullmatch(value) is not None and not value.isdigit()


def is_random(value: str, least: int) -> bool:
    """Whether a value looks made by a machine, or chosen as a password: digits and letters mixed, or signs within.

    Args:
        value: A word.
        least: Characters it has at least.
    """
    if len(value) < least or is_ordinary(value) or is_uuid(value):
        return False
    has_digit = any(one.isdigit() for one in value)
    has_letter = any(one.isalpha() for one in value)
    has_sign = any(not one.isalnum() and one not in "-_./:" for one in value[:-1])
    return (has_digit and has_letter) or (has_sign and (has_digit or has_letter))


def is_mixed(value: str, least: int) -> bool:
    """Whether a value is made of letters and several digits, without signs between.

    Args:
        value: A word.
        least: Characters it has at least.
    """
    digits = sum(one.isdigit() for one in value)
    return len(value) >= least and value.isalnum() and _DIGITS_MIXED_IN <= digits < len(value)


def is_opaque(value: str, least: int) -> bool:
    """Whether a value looks made by a machine and nothing else: three kinds of characters, and no word with a number.

    Args:
        value: A word.
        least: Characters it has at least.
    """
    if len(value) < least or is_ordinary(value) or is_uuid(value):
        return False
    kinds = (str.isdigit, str.islower, str.isupper)
    return all(any(kind(one) for one in value) for kind in kinds) and not is_worded(value)


def is_worded(value: str) -> bool:
    """Whether a value is made of words and short numbers with signs between, as names of machines and versions are."""
    parts = [part for part in re.split(r"[-_.:/]", value) if part]
    has_word = any(part.isalpha() and len(part) >= _WORD for part in parts)
    return has_word and len(parts) > 1 and all(part.isalpha() or part.isdigit() or len(part) < _WORD for part in parts)
