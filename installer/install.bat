@echo off
rem Puts the draft beside this file into the drafts folder of @APP@: install.bat [drafts folder]
rem NOT TESTED on Windows yet. It runs the PowerShell below; what it replaces it keeps.
setlocal DisableDelayedExpansion
set "INSTALL_HERE=%~dp0"
set "INSTALL_SELF=%~f0"
set "INSTALL_ROOT=%~1"
powershell -NoProfile -ExecutionPolicy Bypass -Command "$text = [IO.File]::ReadAllText($env:INSTALL_SELF); Invoke-Expression $text.Substring($text.IndexOf('#' + 'BEGIN', [StringComparison]::Ordinal))"
set "INSTALL_CODE=%ERRORLEVEL%"
pause
exit /b %INSTALL_CODE%
#BEGIN
$ErrorActionPreference = 'Stop'
$app = '@APP@'
$placeholder = '##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##'
$utf8 = New-Object Text.UTF8Encoding $false
$stamp = Get-Date -Format 'yyyyMMdd-HHmmss'
function Stop-Here($why) { Write-Host "install.bat: $why"; exit 1 }
function Read-Text($path) { [IO.File]::ReadAllText($path, $utf8) }
function Write-Text($path, $text) { [IO.File]::WriteAllText($path, $text, $utf8) }

# ---- the draft, and where it goes
$listed = Join-Path $env:INSTALL_HERE 'install.json'
$name = ''
if (Test-Path -LiteralPath $listed) { $name = [regex]::Match((Read-Text $listed), '"draft_name":"([^"]*)"').Groups[1].Value }
$drafts = @(Get-ChildItem -LiteralPath $env:INSTALL_HERE -Directory |
    Where-Object { Test-Path -LiteralPath (Join-Path $_.FullName 'draft_meta_info.json') })
$draft = $drafts | Where-Object { $_.Name -eq $name } | Select-Object -First 1
if (-not $draft -and $drafts.Count -eq 1) { $draft = $drafts[0] } # it was renamed
if (-not $draft) { Stop-Here 'the draft is not beside it; unpack the whole zip, into a folder of its own' }
$name = $draft.Name
$root = $env:INSTALL_ROOT
if (-not $root) { $root = Join-Path $env:LOCALAPPDATA "$app\User Data\Projects\com.lveditor.draft" }
if (-not (Test-Path -LiteralPath $root -PathType Container)) {
    Stop-Here "$root is no folder; give the drafts folder of ${app}: install.bat <folder>"
}
$root = (Resolve-Path -LiteralPath $root).ProviderPath.TrimEnd('\')
if (Get-Process -Name @PROCESSES_PS@ -ErrorAction SilentlyContinue) {
    Stop-Here "$app is running; quit it first, for it rewrites its list of drafts"
}

# ---- a copy, with the paths of its new place
$place = Join-Path $root $name
$backups = Join-Path $root '.capcut-drafts-backup'
$work = Join-Path $backups ".$PID.part" # where the app does not look for drafts
$backup = Join-Path (Join-Path $backups $name) "$stamp-$PID"
[IO.Directory]::CreateDirectory($backups) | Out-Null
try {
    Copy-Item -LiteralPath $draft.FullName -Destination $work -Recurse
    $newRoot = $root.Replace('\', '/')
    $new = $place.Replace('\', '/')
    $metaPath = Join-Path $work 'draft_meta_info.json'
    $meta = Read-Text $metaPath
    $old = [regex]::Match($meta, '"draft_fold_path":"([^"]*)"').Groups[1].Value
    if ($old) { $from = "$old/"; $to = "$new/" }
    else { $from = "$placeholder/assets/fonts/"; $to = "$new/assets/fonts/" }
    Get-ChildItem -LiteralPath $work -Recurse -File |
        Where-Object { @('draft_content.json', 'draft_info.json', 'template-2.tmp') -contains $_.Name } |
        ForEach-Object { Write-Text $_.FullName ((Read-Text $_.FullName).Replace($from, $to)) }
    $meta = $meta.Replace($from, $to)
    $meta = [regex]::Replace($meta, '"draft_fold_path":"[^"]*"', { '"draft_fold_path":"' + $new + '"' })
    $meta = [regex]::Replace($meta, '"draft_root_path":"[^"]*"', { '"draft_root_path":"' + $newRoot + '"' })
    Write-Text $metaPath $meta

    # ---- in its place, all at once
    if (Test-Path -LiteralPath $place) {
        [IO.Directory]::CreateDirectory((Join-Path $backups $name)) | Out-Null
        [IO.Directory]::Move($place, $backup)
        Write-Host "The draft that was there is kept: $backup"
    }
    try { [IO.Directory]::Move($work, $place) }
    catch { if (Test-Path -LiteralPath $backup) { [IO.Directory]::Move($backup, $place) }; throw }
}
finally {
    if (Test-Path -LiteralPath $work) { Remove-Item -LiteralPath $work -Recurse -Force }
    if (-not (Get-ChildItem -LiteralPath $backups -Force)) { [IO.Directory]::Delete($backups) }
}

# ---- in the app's list
$index = Join-Path $root 'root_meta_info.json'
$text = if (Test-Path -LiteralPath $index) { Read-Text $index } else { '' }
$first = '("all_draft_store"\s*:\s*\[)\s*'
if (-not [regex]::IsMatch($text, $first)) {
    Write-Host 'There is no list of drafts in that folder; the app finds the draft by itself.'
}
else {
    $entry = (Read-Text $listed).Trim()
    $entry = $entry.Replace('@/@', '\\').Replace('@FILE@', 'draft_content.json')
    $entry = $entry.Replace('@FOLD@', $new).Replace('@ROOT@', $newRoot)
    $fold = '(?i)"draft_fold_path"\s*:\s*"' + [regex]::Escape($new) + '"'
    $same = '\{[^{}]*' + $fold + '[^{}]*\}'
    $left = [regex]::Replace($text, ',\s*' + $same, '')
    $left = [regex]::Replace($left, $same + '\s*,?', '')
    if ([regex]::IsMatch($left, $fold)) { Write-Host 'The list of drafts has it already and is left as it is.' }
    else {
        if ($left -eq $text) {
            $left = [regex]::Replace($left, '("draft_ids"\s*:\s*)(\d+)', { $args[0].Groups[1].Value + ([long]$args[0].Groups[2].Value + 1) })
        }
        $start = [regex]::Match($left, $first)
        $at = $start.Index + $start.Length
        $comma = if ($left.Substring($at, 1) -eq ']') { '' } else { ',' }
        Copy-Item -LiteralPath $index -Destination "$index.bak-$stamp"
        Write-Text "$index.new" ($left.Insert($at, $entry + $comma))
        Move-Item -LiteralPath "$index.new" -Destination $index -Force
    }
}
Write-Host "Installed: $place"
