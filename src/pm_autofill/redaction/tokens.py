"""Secrets that say by their form what they are: tokens with a prefix, signed tokens, addresses that are a key.

Every expression takes time in proportion to the text: what a prefix is followed by either fits within a few characters
or does not, and a run of letters is entered at its beginning only. So few characters are enough because texts may have
been cut. Sources: the issuers' own documentation of their formats, as of 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pm_autofill.redaction.marks import SECRET, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pm_autofill.redaction.views import View

# Not within a longer word.
_ALONE = r"(?<![A-Za-z0-9])"
_END = r"(?![A-Za-z0-9])"
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"

_GITLAB = ("pat", "ptt", "dt", "rt", "rtr", "soat", "ft", "imt", "agent", "cbt", "oas", "ffct", "wt", "sat")

# Name of the issuer, and its tokens: an expression whose beginning, up to the first bracket or backslash, is literal.
_PREFIXED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("a GitHub token", (r"ghp_[A-Za-z0-9]{10,}", r"gho_[A-Za-z0-9]{10,}", r"ghu_[A-Za-z0-9]{10,}",
                        r"ghs_[A-Za-z0-9]{10,}", r"ghr_[A-Za-z0-9]{10,}", r"github_pat_[A-Za-z0-9_]{10,}")),
    ("a GitLab token", (*(rf"gl{kind}-[A-Za-z0-9_.=-]{{8,}}" for kind in _GITLAB), r"GR1348941[A-Za-z0-9_-]{12,}")),
    ("an AWS key", tuple(rf"{kind}[A-Z0-9]{{8,}}" for kind in ("AKIA", "ASIA", "ABIA", "ACCA"))),
    ("a Google key", (r"AIza[A-Za-z0-9_-]{20,}", r"GOCSPX-[A-Za-z0-9_-]{16,}", r"ya29\.[A-Za-z0-9_.-]{10,}",
                      r"1//0[A-Za-z0-9_-]{20,}")),
    ("a Slack token", (r"xox[a-z]-[A-Za-z0-9-]{6,}", r"xoxe\.xox[a-z]-[A-Za-z0-9-]{6,}", r"xapp-[A-Za-z0-9-]{6,}",
                       r"xwfp-[A-Za-z0-9-]{6,}")),
    ("a PagerDuty key", (r"u\+[A-Za-z0-9_-]{10,}", r"pdus\+[A-Za-z0-9_+-]{12,}",
                         r"pdeu\+[A-Za-z0-9_+-]{12,}", rf"R0[A-Z0-9]{{30}}{_END}")),
    ("a Grafana token", (r"glsa_[A-Za-z0-9_]{8,}", r"glc_[A-Za-z0-9_=+/-]{8,}", r"eyJrIjoi[A-Za-z0-9+/=_-]{12,}")),
    ("a Vault token", (r"hvs\.[A-Za-z0-9_-]{8,}", r"hvb\.[A-Za-z0-9_-]{8,}", r"hvr\.[A-Za-z0-9_-]{8,}",
                       rf"s\.(?=[A-Za-z]{{0,23}}\d)[A-Za-z0-9]{{24}}{_END}")),
    ("a Stripe key", (r"sk_live_[A-Za-z0-9]{8,}", r"sk_test_[A-Za-z0-9]{8,}", r"rk_live_[A-Za-z0-9]{8,}",
                      r"rk_test_[A-Za-z0-9]{8,}", r"whsec_[A-Za-z0-9+/=]{8,}")),
    ("a Twilio key", (r"SK[0-9a-f]{16,}", r"AC[0-9a-f]{16,}")),
    ("a SendGrid key", (r"SG\.[A-Za-z0-9_-]{10,64}(?:\.[A-Za-z0-9_-]{4,})?",)),
    ("a key of a language model", (
        r"sk-[A-Za-z0-9]{20,}", r"sk-ant-[A-Za-z0-9_-]{8,}", r"sk-proj-[A-Za-z0-9_-]{8,}", r"sk-or-[A-Za-z0-9_-]{8,}",
        r"sk-svcacct-[A-Za-z0-9_-]{8,}", r"sk-admin-[A-Za-z0-9_-]{8,}", r"hf_[A-Za-z0-9]{16,}",
        r"gsk_[A-Za-z0-9]{20,}")),
    ("a token of a package registry", (r"npm_[A-Za-z0-9]{16,}", r"pypi-Ag[A-Za-z0-9_-]{12,}",
                                       r"rubygems_[0-9a-f]{20,}", r"dckr_pat_[A-Za-z0-9_-]{10,}",
                                       r"dckr_oat_[A-Za-z0-9_-]{10,}", r"AKCp[A-Za-z0-9]{10,}")),
    ("a token of a cloud", (
        r"dop_v1_[0-9a-f]{8,}", r"doo_v1_[0-9a-f]{8,}", r"dor_v1_[0-9a-f]{8,}", r"LTAI[A-Za-z0-9]{12,}",
        r"dapi[0-9a-f]{32}", r"sbp_[0-9a-f]{32,}", r"pscale_tkn_[A-Za-z0-9_.-]{10,}", r"pscale_pw_[A-Za-z0-9_.-]{10,}",
        r"FlyV1 [A-Za-z0-9_=,+/ -]{20,}", r"nfp_[A-Za-z0-9]{20,}", rf"HRKU-{_UUID}", r"HRKU-AA[A-Za-z0-9_-]{20,}",
        r"pul-[0-9a-f]{40}", r"tskey-[A-Za-z0-9-]{10,}", r"AGE-SECRET-KEY-1[A-Z0-9]{20,}")),
    ("a token of a monitoring system", (
        r"NRAK-[A-Z0-9]{16,}", r"NRII-[A-Za-z0-9_-]{16,}", r"NRJS-[a-f0-9]{12,}", r"sntrys_[A-Za-z0-9+/=_-]{16,}",
        r"sntryu_[a-f0-9]{16,}", r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{20,}", r"dt0s01\.[A-Z0-9]{24}\.[A-Z0-9]{20,}",
        r"squ_[0-9a-f]{40}", r"sqp_[0-9a-f]{40}", r"sqa_[0-9a-f]{40}", r"hcaik_[A-Za-z0-9]{20,}",
        rf"sdk-{_UUID}", rf"api-{_UUID}")),
    ("a token of a work tool", (
        r"ATATT3[A-Za-z0-9_=+/-]{16,}", r"ATCTT3[A-Za-z0-9_=+/-]{16,}", r"ATBB[A-Za-z0-9]{24,}",
        r"lin_api_[A-Za-z0-9]{16,}", r"ntn_[A-Za-z0-9]{20,}", r"secret_[A-Za-z0-9]{40,}", r"figd_[A-Za-z0-9_-]{16,}",
        r"PMAK-[0-9a-f]{10,}-[0-9a-f]{10,}", r"shpat_[0-9A-Fa-f]{20,}", r"shpss_[0-9A-Fa-f]{20,}",
        r"bkua_[0-9a-f]{20,}", r"CCIPAT_[A-Za-z0-9_]{20,}", r"dp\.pt\.[A-Za-z0-9]{20,}", r"dp\.st\.[A-Za-z0-9_.]{20,}",
        r"sq0atp-[A-Za-z0-9_-]{16,}", r"sq0csp-[A-Za-z0-9_-]{16,}", rf"key-[0-9a-f]{{32}}{_END}")),
)  # fmt: skip

_ADDRESSES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("a Slack webhook", ("hooks.slack",),
     r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/(?P<it>[^\s\"'<>)\]\\`]{4,})"),
    ("a Teams webhook", ("webhook.office.com", "outlook.office"),
     r"(?:webhook\.office\.com/webhookb2|outlook\.office(?:365)?\.com/webhook)/(?P<it>[^\s\"'<>)\]\\`]{4,})"),
    ("a Discord webhook", ("discord",),
     r"discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/(?P<it>[^\s\"'<>)\]\\`]{4,})"),
    ("a Telegram bot token", (":aa", "/bot"),
     r"(?:(?<![A-Za-z0-9])|(?<=/bot))(?P<it>\d{6,12}:AA[A-Za-z0-9_-]{20,})"),
    ("a webhook's address", ("hooks.zapier.com", "maker.ifttt.com", "events.pagerduty.com/integration"),
     (r"(?:hooks\.zapier\.com/hooks/catch|maker\.ifttt\.com/(?:use|trigger/[\w-]{1,80}(?:/json)?/with/key)"
     r"|events(?:\.eu)?\.pagerduty\.com/(?:integration|generic/integration|x-ere))/(?P<it>[^\s\"'<>)\]\\`?#]{4,})")),
    ("a webhook's address", ("hook",),
     (r"(?i:https?://[^\s\"'<>/]{1,255}(?:/[\w.-]{1,80}){0,4}?/(?:web)?hooks?\w{0,20}/(?:[\w.-]{1,40}/){0,4}?)"
     r"(?P<it>(?:(?=[\w-]*[A-Za-z])(?=[\w-]*\d)[\w-]{16,200}|[a-z0-9]{26}(?![\w-]))[^\s\"'<>)\]\\`?#]*)")),
)  # fmt: skip

_SIGNED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("a signed token (JWT)", ("eyj",), r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{6,}+(?:\.[A-Za-z0-9_-]{4,}+){1,4}\.?"),
    ("an Azure secret", ("q~",), r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("a Discord bot token", (".",),
     r"(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}(?![A-Za-z0-9_-])"),
    ("a Terraform token", (".atlasv1.",), r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{20,}"),
    ("an Airtable token", ("pat",), r"(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[0-9a-f]{20,}"),
    ("a Mailchimp key", ("-us",), rf"{_ALONE}[0-9a-f]{{32}}-us\d{{1,2}}{_END}"),
)  # fmt: skip


@dataclass(frozen=True)
class _Shape:
    """What a well-known kind of secret looks like.

    Attributes:
        what: What it is, for people: "a GitHub token".
        hints: Words in lower case of which a text that holds one has at least one.
        pattern: The expression; what is to be masked is its group ``it``, else the whole match. It is compiled when
            it is first needed.
    """

    what: str
    hints: tuple[str, ...]
    pattern: str

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.pattern)

    def find(self, view: View) -> Iterator[Span]:
        """Where such secrets are in a reading of a text."""
        group = "it" if "it" in self.expression.groupindex else 0
        for found in self.expression.finditer(view.text):
            yield Span(*found.span(group), SECRET, self.what)


def _literal(pattern: str) -> str:
    """What every match of an expression begins with, in lower case."""
    plain = pattern.replace("\\+", "+").replace("\\.", ".")
    end = min((place for sign in "[({" if (place := plain.find(sign)) >= 0), default=len(plain))
    return plain[:end].lower()


def _shape(what: str, patterns: tuple[str, ...]) -> _Shape:
    hints = tuple(dict.fromkeys(map(_literal, patterns)))
    return _Shape(what, hints, rf"{_ALONE}(?:{'|'.join(patterns)})")


_SHAPES: tuple[_Shape, ...] = (
    *(_shape(what, patterns) for what, patterns in _PREFIXED),
    *(_Shape(*one) for one in (*_ADDRESSES, *_SIGNED)),
)


def find(view: View) -> Iterator[Span]:
    """Where such tokens are in a reading of a text."""
    lowered = view.lowered
    for shape in _SHAPES:
        for hint in shape.hints:
            if hint in lowered:
                yield from shape.find(view)
                break
