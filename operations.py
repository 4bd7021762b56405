"""The board: everything this service can do, one line each.

To add an operation: write `add_<thing>_impl.py` with a request model and a function, add its line to OPERATIONS. The
HTTP routes of both faces, the OpenAPI entry and the tests over all operations follow from the line. Further names of an
operation are in `other_names.py`. Files of new operations end in `_impl`; `add_video_track` and `add_audio_track` keep
the names that the design gave them.

What a function takes beside its request says whether it is an edit, which is logged: see `operation.py`.
"""

from pydantic import ValidationError

from add_adjust_impl import add_adjust
from add_audio_track import add_audio
from add_effect_impl import add_effect
from add_filter_impl import add_filter
from add_image_impl import add_image
from add_mask_impl import add_mask
from add_sticker_impl import add_sticker
from add_subtitle_impl import add_subtitle, read_srt
from add_text_impl import add_text
from add_track_impl import add_track
from add_transition_impl import add_transition
from add_video_keyframe_impl import add_video_keyframe
from add_video_track import add_video
from batch_impl import BatchOperation, batch
from cancel_task_impl import cancel_task
from create_asset_impl import create_asset
from create_draft import Start, create_draft, start
from create_from_template_impl import create_from_template
from create_timeline_impl import create_timeline
from delete_asset_impl import delete_asset
from delete_draft_impl import delete_draft
from delete_skeleton_impl import delete_skeleton
from delete_template_impl import delete_template
from download_draft_impl import download_draft
from duplicate_draft_impl import duplicate_draft
from engine.script_file import Script_file
from errors import ServiceError, StoreError
from export_log_impl import export_log
from export_otio_impl import export_otio
from export_subtitles_impl import export_subtitles
from generate_draft_url_impl import generate_draft_url
from get_draft_impl import get_draft
from get_duration_impl import get_duration
from get_history_impl import get_history
from get_skeleton_impl import get_skeleton
from get_template_impl import get_template
from get_timeline_impl import get_timeline
from hide_track_impl import hide_track
from import_draft_impl import import_draft
from import_log_impl import import_log
from lint_draft_impl import lint_draft
from list_assets_impl import list_assets
from list_deliveries_impl import list_deliveries
from list_drafts_impl import list_drafts
from list_skeletons_impl import list_skeletons
from list_tasks_impl import list_tasks
from list_templates_impl import list_templates
from list_types_impl import list_types
from mend_draft_impl import learn_rules, mend_draft
from mirror_to_oss_impl import mirror_to_oss
from move_segment_impl import move_segment
from move_track_impl import move_track
from mute_track_impl import mute_track
from operation import Operation
from problems import refusal
from query_draft_status_impl import query_draft_status
from query_script_impl import query_script
from recover_draft_impl import recover_draft
from redo_impl import redo
from relink_impl import relink
from remove_keyframes_impl import remove_keyframes
from remove_segment_impl import remove_segment
from remove_track_impl import remove_track
from rename_draft_impl import rename_draft
from replace_by_name_impl import replace_by_name
from replace_media_impl import replace_media
from restore_version_impl import restore_version
from retry_task_impl import retry_task
from save_draft_impl import save_draft
from save_skeleton_impl import save_skeleton
from save_template_impl import save_template
from search_catalog_impl import search_catalog
from set_canvas_impl import set_canvas
from set_cover_impl import set_cover
from split_segment_impl import split_segment
from store.drafts import Row
from test_webhook_impl import test_webhook
from trim_segment_impl import trim_segment
from undo_impl import undo
from update_segment_impl import update_segment
from upload_to_oss_impl import upload_to_oss
from watch_task_impl import task_events, watch_task

OPERATIONS = {
    op.name: op
    for op in (
        Operation("create_draft", create_draft),
        Operation("add_video", add_video),
        Operation("add_image", add_image),
        Operation("add_audio", add_audio),
        Operation("add_text", add_text),
        Operation("add_subtitle", add_subtitle, prepare=read_srt),
        Operation("add_sticker", add_sticker),
        Operation("add_effect", add_effect),
        Operation("add_filter", add_filter),
        Operation("add_adjust", add_adjust),
        Operation("add_video_keyframe", add_video_keyframe),
        Operation("remove_keyframes", remove_keyframes),
        Operation("move_segment", move_segment),
        Operation("trim_segment", trim_segment),
        Operation("split_segment", split_segment),
        Operation("replace_media", replace_media),
        Operation("replace_by_name", replace_by_name),
        Operation("update_segment", update_segment),
        Operation("add_transition", add_transition),
        Operation("add_mask", add_mask),
        Operation("remove_segment", remove_segment),
        Operation("add_track", add_track),
        Operation("mute_track", mute_track),
        Operation("hide_track", hide_track),
        Operation("move_track", move_track),
        Operation("remove_track", remove_track),
        Operation("set_canvas", set_canvas),
        Operation("rename_draft", rename_draft),
        Operation("set_cover", set_cover),
        Operation("mend_draft", mend_draft, prepare=learn_rules),
        Operation("create_timeline", create_timeline, route="POST /v1/timelines"),
        Operation("get_timeline", get_timeline, route="GET /v1/drafts/<draft_id>/timeline"),
        Operation("save_template", save_template, route="POST /v1/templates"),
        Operation("create_from_template", create_from_template, route="POST /v1/templates/<template_id>/drafts"),
        Operation("get_template", get_template, route="GET /v1/templates/<template_id>"),
        Operation("list_templates", list_templates, route="GET /v1/templates"),
        Operation("delete_template", delete_template, route="DELETE /v1/templates/<template_id>"),
        Operation(
            "save_skeleton", save_skeleton, route="POST /v1/skeletons", body_limit="max_import_bytes", upload="zip"
        ),
        Operation("get_skeleton", get_skeleton, route="GET /v1/skeletons/<skeleton_id>"),
        Operation("list_skeletons", list_skeletons, route="GET /v1/skeletons"),
        Operation("delete_skeleton", delete_skeleton, route="DELETE /v1/skeletons/<skeleton_id>"),
        Operation("get_draft", get_draft, route="GET /v1/drafts/<draft_id>"),
        Operation("query_script", query_script),
        Operation("export_subtitles", export_subtitles, route="GET /v1/drafts/<draft_id>/subtitles"),
        Operation("export_otio", export_otio, route="GET /v1/drafts/<draft_id>/otio"),
        Operation("generate_draft_url", generate_draft_url),
        Operation("get_duration", get_duration),
        Operation("save_draft", save_draft, compatible_defaults={"wait": "save_wait"}),
        Operation("query_draft_status", query_draft_status, route="GET /v1/tasks/<task_id>"),
        Operation("list_tasks", list_tasks, route="GET /v1/tasks"),
        Operation("watch_task", watch_task, route="GET /v1/tasks/<task_id>/events", stream=task_events),
        Operation("cancel_task", cancel_task, route="POST /v1/tasks/<task_id>/cancel"),
        Operation("retry_task", retry_task, route="POST /v1/tasks/<task_id>/retry"),
        Operation("list_deliveries", list_deliveries, route="GET /v1/tasks/<task_id>/deliveries"),
        Operation("test_webhook", test_webhook),
        Operation("lint_draft", lint_draft, route="POST /v1/drafts/<draft_id>/lint"),
        Operation("relink", relink, body_limit="max_import_bytes", upload="zip"),
        Operation("mirror_to_oss", mirror_to_oss, flat=True),
        Operation("upload_to_oss", upload_to_oss, flat=True, form_limit="max_upload_bytes"),
        Operation("undo", undo),
        Operation("redo", redo),
        Operation("get_history", get_history, route="GET /v1/drafts/<draft_id>/history"),
        Operation("restore_version", restore_version),
        Operation("list_types", list_types),
        Operation("search_catalog", search_catalog, route="GET /catalog"),
        Operation("create_asset", create_asset, route="POST /v1/assets", form_limit="max_asset_bytes"),
        Operation("list_assets", list_assets, route="GET /v1/assets"),
        Operation("delete_asset", delete_asset, route="DELETE /v1/assets/<asset_id>"),
        Operation("list_drafts", list_drafts, route="GET /v1/drafts"),
        Operation("duplicate_draft", duplicate_draft, route="POST /v1/drafts/<draft_id>/duplicate"),
        Operation("export_log", export_log, route="GET /v1/drafts/<draft_id>/log"),
        Operation("import_log", import_log, body_limit="max_import_bytes"),
        Operation(
            "import_draft", import_draft, route="POST /v1/drafts/import", body_limit="max_import_bytes", upload="zip"
        ),
        Operation("delete_draft", delete_draft, route="DELETE /v1/drafts/<draft_id>"),
        Operation("recover_draft", recover_draft, route="POST /v1/drafts/<draft_id>/recover"),
    )
}

OPERATIONS["batch"] = BatchOperation("batch", batch, board=OPERATIONS)

DOWNLOAD = Operation("download_draft", download_draft)
"""Served as a file by the door, on its own route."""


def replay(draft_id: str, script: Script_file | None, row: Row) -> Script_file:
    """Do one row of a log again: on `script`, or on nothing for the first.

    Raises:
        StoreError: it cannot be done again: this version does not have the operation, or did not write the row.
    """
    if row.name not in OPERATIONS:
        raise StoreError(f"draft {draft_id!r} was edited with {row.name}, which this version of the service lacks")
    try:
        if script is None:
            return start(draft_id, Start.model_validate_json(row.request))
        script.begin(row.number)
        OPERATIONS[row.name].again(row.request, script)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise _not_done(draft_id, row, refusal(found, ())) from error
    except (ServiceError, ValueError, TypeError) as error:  # a damaged row may be anything
        raise _not_done(draft_id, row, error) from error
    return script


def _not_done(draft_id: str, row: Row, why: Exception) -> StoreError:
    return StoreError(f"operation {row.number} of draft {draft_id!r}, {row.name}, cannot be done: {why}")
