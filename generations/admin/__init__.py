from generations.admin import alerts, generations, lumiq_keys, share_links

__all__ = ["alerts", "generations", "lumiq_keys", "share_links"]
