"""add_video: put a video clip on a track."""

from pydantic import AliasChoices, Field

from engine.script_file import MAIN_TRACK, Script_file
from engine.segments import VideoSegment
from fields.answers import Placed
from fields.groups import DraftFolder, Masked, OnTrack, Transitional
from fields.pictures import COMES_IN, GOES_OUT, Animated, Finished, Pose
from fields.requests import InDraft
from fields.speeds import Paced
from fields.words import MaskCenterX, MaskCenterY, MaskSize, MediaUrl, TrackName


class AddVideo(Animated, Finished, Masked, Transitional, Pose, Paced, OnTrack, DraftFolder, InDraft):
    """Put a video clip on the timeline.

    `start` and `end` choose a part of the video; `target_start` says where that goes. Without `end` or `duration` the
    clip runs to the end of the video, which is looked up when the draft is saved.
    """

    example = {"draft_id": "first", "video_url": "asset://samples/clip.mp4", "start": 1, "end": 4}

    video_url: MediaUrl = Field(
        validation_alias=AliasChoices("video_url", "video_path"),
        description="The video: an http(s) URL, or asset://samples/clip.mp4.",
    )
    track_name: TrackName = MAIN_TRACK
    mask_center_x: MaskCenterX = 0.5
    mask_center_y: MaskCenterY = 0.5
    mask_size: MaskSize = 1.0

    plays = "video_url"
    at_its_start = Paced.at_its_start | COMES_IN
    at_its_end = Paced.at_its_end | GOES_OUT

    def doubts(self, script: Script_file) -> list[str]:
        """See OnTrack."""
        return self.unproven(script.app)

    def segment(self, script: Script_file, segment_id: str, added: int) -> VideoSegment:
        """See OnTrack."""
        return VideoSegment(
            **self.marks(segment_id, added),
            **self.placed_in(script),
            media=self.media(self.video_url, "video"),
            look=self.look(),
            mask=self.mask_in(script.app),
            transition=self.transition_in(script.app),
            animations=self.animations(script),
            finish=self.finish_in(script.app),
            **self.filling(),
            curve=self.curve(),
        )


def add_video(req: AddVideo, script: Script_file) -> Placed:
    """Place the clip on its track."""
    return req.put(script)
