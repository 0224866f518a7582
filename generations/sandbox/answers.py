"""The forms of the sandbox's answers: JSON, and the error rows."""

import json
import logging
from collections.abc import Callable
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from generations.lumiq import contract
from generations.lumiq.contract import ErrorRow
from generations.sandbox.orders import Refused

logger = logging.getLogger(__name__)


def build_json(payload: Any, http_status: int = 200) -> Response:
    return Response(json.dumps(payload), mimetype="application/json", status=http_status)


def build_refusal(refusal: Refused) -> Response:
    row = refusal.row
    payload = {"success": False, "error": row.code, "detail": refusal.detail}
    response = build_json(payload, row.http_status)
    if refusal.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def answer(respond: Callable[[], Response]) -> Response:
    """What `respond` gives, or the error row for what it raises; lost connections stay lost."""
    try:
        return respond()
    except Refused as refusal:
        return build_refusal(refusal)
    except HTTPException as failure:
        row = ErrorRow(failure.code or 500, failure.name, failure.description or "")
        return build_refusal(Refused(row))
    except ConnectionError:
        raise
    except Exception:
        logger.exception("a request failed")
        return build_refusal(Refused(contract.INTERNAL_ERROR))
