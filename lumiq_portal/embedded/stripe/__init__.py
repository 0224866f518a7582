"""A local Stripe: a stateful HTTP stand-in for the part of Stripe's API that the portal calls.

For tests and for `make run`; no money moves. It stands alone: no Django, nothing of the portal.
docs/local-stripe.md says what it can do.
"""

API_VERSION = "2026-10-28.endive"
