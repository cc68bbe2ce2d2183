"""What was observed, as one frozen value that is also one file.

``load`` reads such a file; everything behind it (findings, graphs, document) can be made anew from what it returns.
"""

from pm_autofill.evidence.file import digest, dump, load
from pm_autofill.evidence.record import Evidence, Gap, Request, Source, TemplateText

__all__ = ["Evidence", "Gap", "Request", "Source", "TemplateText", "digest", "dump", "load"]
