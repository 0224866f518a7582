from generations.tenant_admin import generations, share_links, webhooks

__all__ = ["generations", "share_links", "webhooks"]
