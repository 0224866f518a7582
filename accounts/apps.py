from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks  # noqa: F401 — registers the system checks
        from accounts.mails import of_accounts  # noqa: F401 — registers its kinds of mails
