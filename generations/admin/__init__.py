from generations.admin import generations, lumiq_keys, share_links

__all__ = ["generations", "lumiq_keys", "share_links"]
