"""The law of partial input: whatever one answer is, no draft says more than was read.

``recorded`` names the incidents, ``kinds`` says what a question asks, ``faults`` turns its answer into a bad one,
``running`` drafts with it, ``judging`` compares that draft with the one without a fault, ``matrix`` does it for all.
"""
