from generations.models.alert import Alert, AlertKind
from generations.models.attempt import Callback, SubmitAttempt
from generations.models.balance_notice import BalanceNotice, BalanceWatch
from generations.models.consent import Consent
from generations.models.draft import Draft
from generations.models.generation import Generation, GenerationEvent
from generations.models.idempotent_request import IdempotentRequest
from generations.models.lease import Lease
from generations.models.line import Line
from generations.models.lumiq_account import AccountReading, LumiqAccount
from generations.models.lumiq_key import LumiqKey
from generations.models.lumiq_request import LumiqRequest
from generations.models.share_link import ShareLink
from generations.models.story import Story
from generations.models.upload import Upload
from generations.models.voice import Voice
from generations.models.webhook import EventType, WebhookEndpoint, WebhookSecret
from generations.models.webhook_delivery import (
    Delivery,
    DeliveryAttempt,
    WebhookDestination,
    WebhookEvent,
)

__all__ = [
    "AccountReading",
    "Alert",
    "AlertKind",
    "BalanceNotice",
    "BalanceWatch",
    "Callback",
    "Consent",
    "Delivery",
    "DeliveryAttempt",
    "Draft",
    "EventType",
    "Generation",
    "GenerationEvent",
    "IdempotentRequest",
    "Lease",
    "Line",
    "LumiqAccount",
    "LumiqKey",
    "LumiqRequest",
    "ShareLink",
    "Story",
    "SubmitAttempt",
    "Upload",
    "Voice",
    "WebhookDestination",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookSecret",
]
