#!/bin/sh
# Runs the examples of a page's section and compares: what a page shows is what comes.
#
#   page.sh PAGE SECTION    of the Markdown file PAGE, the code blocks between "## SECTION" and the next "## "
#
# In a block "$ cat FILE" is followed by the file, which is written here, in the current folder, and "$ nomen ..." by what the
# program ($NOMEN) prints, its reports first. Prints a line of counts, or the difference (- the page, + the program).
set -u
[ $# -eq 2 ] || { echo "usage: $0 PAGE SECTION" >&2; exit 2; }
awk -v section="## $2" '
    /^## / { inside = $0 == section; next }
    inside && /^```/ { block = !block; next }
    inside && block { print }
' "$1" >page.expected

# As a script: a file becomes a here-document, a command itself; both are shown as on the page.
awk '
    function end_file() { if (file != "") { print "PAGE_END"; print "cat '\''" file "'\''"; file = "" } }
    /^\$ / { end_file(); print "cat <<'\''PAGE_END'\''"; print; print "PAGE_END" }
    /^\$ cat / { file = substr($0, 7); print "cat >'\''" file "'\'' <<'\''PAGE_END'\''"; next }
    /^\$ nomen / { print "\"$NOMEN\" " substr($0, 9) " 2>&1"; next }
    file != "" { print }
    END { end_file() }
' page.expected >page.script
sh page.script >page.found
if diff -u page.expected page.found >page.diff; then
    echo "$2: $(grep -c '^\$ cat ' page.expected) files, $(grep -c '^\$ nomen ' page.expected) commands"
else
    echo "$1, \"## $2\": - the page, + the program"
    tail -n +3 page.diff
fi
