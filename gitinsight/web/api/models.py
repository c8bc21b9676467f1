"""The models behind the insights, over the API."""

from __future__ import annotations

from typing import Any

from gitinsight.services import models
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.guard import public

blueprint = ApiBlueprint("models", __name__, description="The models in use and how well they do")


@blueprint.get("/ai/models")
@public
@blueprint.response(200, schemas.ModelListSchema)
def list_models() -> dict[str, Any]:
    """Task, version, plugin, size and measured accuracy of every model."""
    return {"items": models.listing()}
