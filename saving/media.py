"""The media and fonts of a draft, in the folders they belong in."""

import shutil
from pathlib import Path

from engine.ids import derived_id
from engine.lint import PLACEHOLDER
from engine.meta import RegisteredFile
from media.library import Brought, Progress
from saving.save import Save
from util import url_to_hash


def unpack(save: Save) -> None:
    """Put what stood beside an imported timeline where it stood."""
    name = save.script.base.folder.files if save.script.base else ""
    if name and not save.services.imports.put(name, save.folder):
        save.missing.append("files that were imported with the draft, which are not on this service")


def fetch(save: Save) -> None:
    """Bring every medium once, into the folder it belongs in."""
    urls = list(dict.fromkeys(medium.url for medium in save.script.media()))
    save.tell(total_files=len(urls))

    def tell(progress: Progress) -> None:
        save.tell(
            completed_files=progress.done,
            downloaded_bytes=progress.fetched_bytes,
            total_bytes=progress.total_bytes,
            progress=10 + int(progress.share * 60),
            message=f"fetched {progress.done} of {len(urls)} media",
        )

    incoming = save.work / ".incoming"  # no draft has such a name
    incoming.mkdir()
    save.brought = save.services.media.bring_all(urls, incoming, tell)
    for url in (url for url in urls if url in save.brought.found):  # in the draft's order, not that of arrival
        medium = save.brought.found[url]
        place = free_place(save.folder / "assets" / medium.folder / medium.path.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        medium.path.rename(place)
        relative = place.relative_to(save.folder).as_posix()
        local_id = derived_id(save.task_id, "local", url)
        save.files[url] = RegisteredFile(local_id, place.name, f"./{relative}", medium.facts, place.stat().st_size)
    shutil.rmtree(incoming, ignore_errors=True)  # something half fetched may be in it


def free_place(place: Path) -> Path:
    """`place`, or one beside it if there is a file that was imported."""
    while place.exists():
        place = place.with_stem(f"{place.stem}_")
    return place


def fetch_fonts(save: Save) -> None:
    """Bring the font files. A text whose font cannot be had is there in another."""
    wanted = save.script.font_urls()
    if not wanted:
        return
    incoming = save.work / ".fonts"  # no draft has such a name
    incoming.mkdir()
    found, save.lost_fonts = save.services.media.bring_fonts(wanted, incoming)
    save.missing += [f"a font: {url}: {reason}" for url, reason in list(save.lost_fonts.items())[:1]]
    save.missing += [f"{len(save.lost_fonts) - 1} more fonts"] if len(save.lost_fonts) > 1 else []
    for url, path in found.items():
        place = free_place(save.folder / _FONTS / path.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(place)
        save.fonts[url] = f"{save.plan.folder or PLACEHOLDER}/{_FONTS}/{place.name}"
    shutil.rmtree(incoming, ignore_errors=True)  # something half fetched may be in it


_FONTS = "assets/fonts"


def font_warnings(save: Save) -> list[str]:
    """What is to be said of fonts that are missing, or may not be found."""
    wanted = save.script.font_urls()
    lost = [f"font {url}: {why}; {_shown_otherwise(len(wanted[url]))}" for url, why in save.lost_fonts.items()]
    if save.fonts and not save.plan.folder:
        lost.append(
            "no app was seen to find fonts in the draft's folder wherever that lies: give draft_folder, "
            "and the texts name them by their full path"
        )
    return lost


def _shown_otherwise(texts: int) -> str:
    return f"the {texts} texts in it show another font" if texts > 1 else "the text in it shows another font"


def look(save: Save) -> None:
    """Learn of the media what a save would."""
    urls = {medium.url for medium in save.script.media()}
    save.brought = Brought(failed=save.services.learn(urls))
    for url, facts in save.services.media.facts(urls).items():
        name = url_to_hash(url)
        save.files[url] = RegisteredFile(derived_id(save.task_id, "local", url), name, f"./{name}", facts, 0)
    save.tell(total_files=len(urls))
