#!/bin/bash
# Puts the draft beside this script into the drafts folder of @APP@: bash install.sh [drafts folder]
# It needs nothing but what macOS has, or Git for Windows. What it replaces it keeps.
set -eu
export LC_ALL=C
unset CDPATH

app='@APP@'
placeholder='##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##'
here=$(cd "$(dirname "$0")" && pwd)
stamp=$(date +%Y%m%d-%H%M%S)

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

# What stands for a text in a pattern, and in what takes its place.
as_pattern() { printf '%s' "$1" | sed 's/[][\\.*^$|(){}+?]/\\&/g'; }
as_replacement() { printf '%s' "$1" | sed 's/[\\&|]/\\&/g'; }

# How the app writes a path: C:/Users/me on Windows too.
as_app_writes() { cygpath -m "$1" 2>/dev/null || printf '%s' "$1"; }

# ---- the draft, and where it goes

name=$(sed -nE 's/.*"draft_name":"([^"]*)".*/\1/p' "$here/install.json" 2>/dev/null || true)
draft="$here/$name"
if [ -z "$name" ] || [ ! -f "$draft/draft_meta_info.json" ]; then # it was renamed
    set -- "${1:-}" "$here"/*/draft_meta_info.json
    [ $# -eq 2 ] && [ -f "$2" ] || fail "the draft is not beside it; unpack the whole zip, into a folder of its own"
    draft=$(dirname "$2")
    name=$(basename "$draft")
fi

root=${1:-}
if [ -z "$root" ]; then
    projects="$app/User Data/Projects/com.lveditor.draft"
    for place in "$HOME/Movies/$projects" "${LOCALAPPDATA:-$HOME/AppData/Local}/$projects"; do
        [ -d "$place" ] && root=$place && break
    done
    [ -n "$root" ] || fail "$app keeps no drafts in its usual places; give its drafts folder: bash install.sh <folder>"
fi
[ -d "$root" ] || fail "$root is no folder"
root=$(cd "$root" && pwd)
case $root in *[\"\\]*) fail "$root has quotes or backslashes in it, which the app's list cannot have" ;; esac

if command -v pgrep >/dev/null 2>&1; then
    for process in @PROCESSES@; do
        # Systems know 15 characters of a program's name.
        ! pgrep -x "$(printf '%.15s' "$process").*" >/dev/null || fail "$app is running; quit it first, for it rewrites its list of drafts"
    done
else
    echo "Whether $app is running cannot be seen from here; if it is, quit it and do this again." >&2
fi

# ---- a copy, with the paths of its new place

place="$root/$name"
backups="$root/.capcut-drafts-backup"
work="$backups/.$$.part" # where the app does not look for drafts
backup="$backups/$name/$stamp-$$"
trap 'rm -rf "$work"; rmdir "$backups" 2>/dev/null || true' EXIT
mkdir -p "$backups"
cp -R "$draft" "$work"

new_root=$(as_app_writes "$root")
new=$(as_app_writes "$place")
old=$(sed -nE 's/.*"draft_fold_path":"([^"]*)".*/\1/p' "$draft/draft_meta_info.json")
if [ -n "$old" ]; then
    moved="s|$(as_pattern "$old")/|$(as_replacement "$new")/|g"
else
    moved="s|$placeholder/assets/fonts/|$(as_replacement "$new")/assets/fonts/|g"
fi
told="s|\"draft_fold_path\":\"[^\"]*\"|\"draft_fold_path\":\"$(as_replacement "$new")\"|"
told="$told;s|\"draft_root_path\":\"[^\"]*\"|\"draft_root_path\":\"$(as_replacement "$new_root")\"|"
find "$work" \( -name draft_content.json -o -name draft_info.json -o -name template-2.tmp \) -type f |
    while IFS= read -r file; do
        sed -E "$moved" "$file" >"$file.new"
        mv "$file.new" "$file"
    done
sed -E "$moved;$told" "$work/draft_meta_info.json" >"$work/draft_meta_info.json.new"
mv "$work/draft_meta_info.json.new" "$work/draft_meta_info.json"

# ---- in its place, all at once

if [ -e "$place" ]; then
    mkdir -p "$(dirname "$backup")"
    mv "$place" "$backup"
    echo "The draft that was there is kept: $backup"
fi
if ! mv "$work" "$place"; then
    [ ! -e "$backup" ] || mv "$backup" "$place"
    fail "the draft could not be put into $root"
fi

# ---- in the app's list

index="$root/root_meta_info.json"
case $new in [A-Za-z]:* | //*) slash='\\\\' file=draft_content.json ;; *) slash=/ file=draft_info.json ;; esac
if [ ! -f "$index" ] || ! grep -q '"all_draft_store"' "$index"; then
    echo "There is no list of drafts in that folder; the app finds the draft by itself."
else
    entry=$(sed -E "s|@/@|$(as_replacement "$slash")|g;s|@FILE@|$file|g;s|@FOLD@|$(as_replacement "$new")|g;s|@ROOT@|$(as_replacement "$new_root")|g" "$here/install.json")
    same="[{][^{}]*\"draft_fold_path\"[[:space:]]*:[[:space:]]*\"$(as_pattern "$new")\"[^{}]*[}]"
    flat=$(tr '\r\n' '  ' <"$index")
    count=$(printf '%s' "$flat" | sed -nE 's/.*"draft_ids"[[:space:]]*:[[:space:]]*([0-9]+).*/\1/p')
    if printf '%s' "$flat" | grep -qE "$same"; then count=; fi
    flat=$(printf '%s' "$flat" | sed -E "s|,[[:space:]]*$same||g;s|$same[[:space:]]*,?||g")
    if printf '%s' "$flat" | grep -qE "\"draft_fold_path\"[[:space:]]*:[[:space:]]*\"$(as_pattern "$new")\""; then
        echo "The list of drafts has it already and is left as it is."
    else
        comma=,
        if printf '%s' "$flat" | grep -qE '"all_draft_store"[[:space:]]*:[[:space:]]*\[[[:space:]]*\]'; then comma=; fi
        [ -z "$count" ] || flat=$(printf '%s' "$flat" | sed -E "s|(\"draft_ids\"[[:space:]]*:[[:space:]]*)[0-9]+|\1$((count + 1))|")
        cp -p "$index" "$index.bak-$stamp"
        printf '%s' "$flat" |
            sed -E "s|(\"all_draft_store\"[[:space:]]*:[[:space:]]*\[)[[:space:]]*|\1$(as_replacement "$entry")$comma|" >"$index.new-$$"
        mv "$index.new-$$" "$index"
    fi
fi
echo "Installed: $place"
