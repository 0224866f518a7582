"""GET /teams, GET /voices: what an order may name."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from accounts.models.api_key import Scope
from generations.api import schemas
from generations.api.auth import requires
from generations.api.responses import answers
from generations.kits import KITS
from generations.lumiq import contract
from generations.models import Voice

router = Router(tags=["Catalogue"])


@router.get("/teams", auth=requires(Scope.READ), response=answers(schemas.Teams))
def teams(request: HttpRequest) -> dict[str, Any]:
    """The 48 teams of football fan videos."""
    kits = [KITS[team] for team in contract.TEAMS]
    return {
        "teams": [
            {"name": kit.team, "colours": [kit.body, kit.second or kit.collar]} for kit in kits
        ]
    }


@router.get("/voices", auth=requires(Scope.READ), response=answers(schemas.Voices))
def voices(request: HttpRequest) -> dict[str, Any]:
    """Voices of avatar videos. Without one an order gets the standard voice."""
    offered = Voice.objects.offered().values("voice_id", "name", "language")
    return {"voices": list(offered)}
