"""What `make run` starts where no servers are configured: `python -m lumiq_portal.embedded`.

One supervisor, its children, and nothing left when it ends, however it ends. Not for production.
"""
