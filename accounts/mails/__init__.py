"""Mails in a portal's name: what there is to tell (`kinds`), how it reads (`letters`), its way out
(`outbox`), and how people switch it off (`choices`)."""
