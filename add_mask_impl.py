"""add_mask: let a shape show part of a clip that is there."""

from pydantic import AliasChoices, Field

from asked import change, settable
from engine.script_file import Script_file
from errors import InvalidRequestError
from fields.answers import Placed
from fields.groups import Masked
from fields.requests import OfSegment
from fields.words import MaskCenterX, MaskCenterY, MaskFeather, MaskInvert, MaskRotation, MaskSize, Name


class AddMask(Masked, OfSegment):
    """Let a shape show only part of a clip or picture.

    The same as setting the mask parameters of the segment with update_segment; a mask that it had is replaced.
    """

    example = {"draft_id": "first", "segment_id": "37744819eb285effacbbbed42afa1c5a", "mask_type": "Circle"}

    mask_type: Name = Field(
        validation_alias=AliasChoices("mask_type", "mask", "name"), description="Shape of the mask, by name."
    )
    mask_center_x: MaskCenterX = Field(0.0, validation_alias=AliasChoices("mask_center_x", "center_x"))
    mask_center_y: MaskCenterY = Field(0.0, validation_alias=AliasChoices("mask_center_y", "center_y"))
    mask_size: MaskSize = Field(0.5, validation_alias=AliasChoices("mask_size", "size"))
    mask_rotation: MaskRotation = Field(0.0, validation_alias=AliasChoices("mask_rotation", "rotation"))
    mask_feather: MaskFeather = Field(0.0, validation_alias=AliasChoices("mask_feather", "feather"))
    mask_invert: MaskInvert = Field(False, validation_alias=AliasChoices("mask_invert", "invert"))


def add_mask(req: AddMask, script: Script_file) -> Placed:
    """Build the segment again with the mask.

    Raises:
        InvalidRequestError: the segment can have none, or the mask does not fit.
    """
    _, segment = script.get_segment(req.segment_id)
    if "mask_type" not in settable(segment):
        raise InvalidRequestError.about("segment_id", f"is {segment.track_type}; clips and pictures have masks")
    return change(script, req.segment_id, {name: getattr(req, name) for name in Masked.model_fields})
