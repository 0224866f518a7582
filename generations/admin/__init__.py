from generations.admin import generations, lines, lumiq_keys, share_links

__all__ = ["generations", "lines", "lumiq_keys", "share_links"]
