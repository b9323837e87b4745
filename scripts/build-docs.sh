#!/usr/bin/env bash
# build-docs.sh [FOLDER]: builds the site (build/site by default) with warnings as errors, and makes sure that
# its pages fetch nothing from elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
site=${1:-build/site}

NO_MKDOCS_2_WARNING=1 mkdocs build --strict --site-dir "$(realpath -m "$site")"
if grep -rnoE --include='*.html' --include='*.css' \
    '(<script[^>]* src|<link[^>]* href|<img[^>]* src|<iframe[^>]* src)="(https?:)?//[^"]+"|(@import|url\()[ "'\'']*(https?:)?//[^)"'\'']+' "$site" |
    grep -v 'rel="canonical"'; then
    echo "These fetch something from elsewhere" >&2
    exit 1
fi
echo "docs: $(find "$site" -name '*.html' | wc -l) pages in $site"
