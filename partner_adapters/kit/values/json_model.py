"""The base of every model that is read from JSON of another party: a name that stands twice in an object is refused."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from partner_adapters.kit.values.strict_json import check_names


class JsonModel(BaseModel):
    """A pydantic model whose JSON has one meaning. Pydantic takes the last of two equal names, others the first."""

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Read the model. Raises ValidationError."""
        try:
            check_names(json_data)
        except ValueError as error:
            wrong = InitErrorDetails(
                type=PydanticCustomError("json_names", "{reason}", {"reason": str(error)}), input=None
            )
            raise ValidationError.from_exception_data(cls.__name__, [wrong], hide_input=True) from None
        return super().model_validate_json(json_data, **options)
