from generations.models.alert import Alert, AlertKind
from generations.models.attempt import Callback, SubmitAttempt
from generations.models.generation import Generation, GenerationEvent
from generations.models.lease import Lease
from generations.models.lumiq_key import LumiqKey
from generations.models.share_link import ShareLink
from generations.models.upload import Upload

__all__ = [
    "Alert",
    "AlertKind",
    "Callback",
    "Generation",
    "GenerationEvent",
    "Lease",
    "LumiqKey",
    "ShareLink",
    "SubmitAttempt",
    "Upload",
]
