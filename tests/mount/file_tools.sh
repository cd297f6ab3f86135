#!/bin/bash
# What people do to a directory with plain tools: tells what came of it, so that a mount can be compared with a plain directory.
#   usage: file_tools.sh WHAT TREE OUTSIDE    TREE: a directory filled by `file_tools.sh make`; OUTSIDE: a directory on a disk for what is copied out
set -euo pipefail
what=$1 tree=$2 outside=$3
mkdir -p "$outside"
cd "$tree"

fail() { echo "$*" >&2; exit 1; }
array() { # SHAPE CHUNK_SHAPE ENCODING SEPARATOR
    printf '{"zarr_format":3,"node_type":"array","shape":%s,"data_type":"uint8","fill_value":0,\n' "$1"
    printf '"chunk_grid":{"name":"regular","configuration":{"chunk_shape":%s}},\n' "$2"
    printf '"chunk_key_encoding":{"name":"%s","configuration":{"separator":"%s"}},\n' "$3" "$4"
    printf '"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{"name":"one"}}\n'
}
# Names, sizes and bytes of everything below some directories.
told() {
    for directory in "${@:-.}"; do
        (cd "$directory"; find . -printf '%y %P\n' | LC_ALL=C sort; find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0r sha256sum)
    done
}
# Times, modes and the numbers of names of files, which must be those of a copy too.
properties() { (cd "$1"; find . -type f -printf '%P %m %s %T@\n' | LC_ALL=C sort); }
same() { cmp <(properties "$1") <(properties "$2") || fail "$1 and $2 differ in times, modes or sizes"; }
letters() { yes "$1" 2>/dev/null | head -c "$2" || true; }

case $what in
make)
    printf '{"zarr_format":3,"node_type":"group","attributes":{"name":"one"}}\n' >zarr.json
    mkdir -p g/a/c g/dots g/h
    cp zarr.json g/zarr.json
    cp zarr.json g/h/zarr.json
    array '[20]' '[1]' default / >g/a/zarr.json
    array '[4,4]' '[2,2]' v2 . >g/dots/zarr.json
    for i in {0..19}; do letters "chunk $i" $((300 + 150 * i)) >g/a/c/$i; done
    for i in 0.0 0.1 1.0 1.1; do letters "dot $i" 5000 >g/dots/$i; done
    # A copy takes times along only where they differ from now.
    find . -type f -exec touch -d '2021-03-04 05:06:07.123456789' {} +
    ;;
cp)
    cp -a . "$outside/all"
    same . "$outside/all"
    diff -r . "$outside/all"
    cp -a "$outside/all/g" back
    cp -a g inside
    same g back; same g inside
    diff -r g back; diff -r g inside
    cp -r --no-preserve=mode,timestamps g plain
    diff -r g plain
    cp -al inside linked
    diff -r inside linked
    letters new 77 >linked/a/c/3
    cmp inside/a/c/3 linked/a/c/3
    cp -u "$outside/all/g/a/c/0" back/a/c/0
    cp --remove-destination g/a/c/1 back/a/c/2
    cp -b g/a/c/4 back/a/c/5
    cp -t back/a/c g/a/c/{6,7}
    cp --parents g/a/c/8 "$outside"
    cp -i g/a/c/9 back/a/c/9 </dev/null 2>/dev/null || true
    told . "$outside"
    ;;
rsync)
    # New files come first; nothing is to do for a second time.
    rsync -ai ./ "$outside/all/" | LC_ALL=C sort
    same . "$outside/all"
    echo "again: $(rsync -ai ./ "$outside/all/")"
    mkdir back
    touch -d 2001-02-03 "$outside/all" # which differs from the time of what was just made, whatever second it is
    rsync -ai "$outside/all/" back/ | LC_ALL=C sort
    echo "again: $(rsync -ai "$outside/all/" back/)"
    echo "by checksum: $(rsync -aic "$outside/all/" back/)"
    same back "$outside/all"
    letters changed 300 >"$outside/all/g/a/c/0" # of the same size
    letters longer 9000 >"$outside/all/g/a/c/1"
    rm "$outside/all/g/a/c/2"
    touch -d 2001-02-03 "$outside/all/g/a/c" "$outside/all/g/a/c/"{0,1} # whatever second it is
    echo "changed:"; rsync -ai --delete "$outside/all/" back/ | LC_ALL=C sort
    letters other 300 >"$outside/all/g/a/c/3"
    letters shorter 10 >"$outside/all/g/a/c/4"
    touch -d 2002-02-03 "$outside/all/g/a/c/"{3,4}
    echo "in place:"; rsync -ai --inplace --no-whole-file "$outside/all/" back/ | LC_ALL=C sort
    rsync -ai --append-verify "$outside/all/" back/ | LC_ALL=C sort
    echo "again: $(rsync -ai --inplace "$outside/all/" back/)"
    rsync -ai --remove-source-files back/g/dots back/g/h/ | LC_ALL=C sort
    letters newer 400 >"$outside/all/g/a/c/5"
    rsync -aiH --backup --suffix=.old "$outside/all/g/a/" back/g/a/ | LC_ALL=C sort
    rsync -a "$outside/all/" kept/
    told . "$outside"
    ;;
rsync-again)
    # What a commit has in it is what it was for rsync.
    echo "again: $(rsync -ai "$outside/all/" kept/)"
    ;;
tar)
    tar -cf "$outside/all.tar" .
    tar -df "$outside/all.tar" || fail "the archive is not what is there"
    mkdir unpacked "$outside/unpacked"
    tar -xf "$outside/all.tar" -C unpacked
    tar -xf "$outside/all.tar" -C "$outside/unpacked"
    tar -df "$outside/all.tar" -C unpacked
    same unpacked "$outside/unpacked"
    tar -xf "$outside/all.tar" -C unpacked # over what is there
    tar -c g | tar -x -C unpacked
    tar -xf "$outside/all.tar" -C unpacked --overwrite ./zarr.json
    tar -C unpacked -cf "$outside/removed.tar" --remove-files g/dots
    tar -cf - --mtime=@0 g/h | gzip -n >packed.tar.gz
    tar -tzf packed.tar.gz | LC_ALL=C sort
    told .
    ;;
mv)
    cp -a g "$outside/g"
    mv g/dots "$outside/dots" # out of it, into it, and inside
    mv "$outside/g" in
    mv g/a in/renamed
    mv in/renamed/c/0 in/renamed/c/1
    mv -n in/renamed/c/2 in/renamed/c/3
    mv -b in/renamed/c/4 in/renamed/c/5
    mv in/renamed/c/6 in/renamed/c/19 in/h
    rm g/h/zarr.json
    mv -T in/h g/h # a directory over an empty one
    mv in g
    mkdir -p empty/deep
    mv -T empty g/a
    mv g/in/a/c "$outside/c"
    mv "$outside/c/7" g/in/a/seven
    for i in {8..12}; do mv g/in/renamed/c/$i g/in/renamed/c/$i.partial; mv g/in/renamed/c/$i.partial g/in/renamed/c/$i; done
    mv g g/in 2>/dev/null && fail "a directory was moved into itself"
    mv g/in/renamed/c/13 g/in/renamed/c/14/x 2>/dev/null && fail "a file is no directory"
    told . "$outside"
    ;;
rm)
    rm -r g/dots g/a/c
    rm g/a/zarr.json
    rm g/h 2>/dev/null && fail "a directory was removed as a file"
    rmdir g 2>/dev/null && fail "a directory was removed that is not empty"
    rm nothing 2>/dev/null && fail "nothing was removed"
    rm -rf nothing g/a
    rm -rv g | LC_ALL=C sort
    mkdir -p x/y/z
    rmdir -p x/y/z
    told .
    ;;
find)
    find . -type f | LC_ALL=C sort
    find . -name '1*' -size +2k | LC_ALL=C sort
    find . -type d -links -3 -empty
    touch -d '2022-01-01' "$outside/mark"
    letters new 5 >g/a/c/2
    find . -type f -newer "$outside/mark"
    find . -type f -newermt 2021-01-01 ! -newermt 2022-01-01 | wc -l
    find . -samefile g/a/c/0
    find g/a/c -name '1?' -delete
    find . -depth -name '*.*' -path '*dots*' -exec rm {} +
    find . -maxdepth 2 -printf '%y %d %P\n' | LC_ALL=C sort
    ls -AR --color=never | LC_ALL=C sort
    grep -rl '"array"' . | LC_ALL=C sort
    ;;
du)
    # What a directory itself has differs between file systems: the rest is the sum of the files.
    sum=0
    while read -r size; do sum=$((sum + size)); done < <(find . -type f -printf '%s\n')
    directories=0
    while read -r size; do directories=$((directories + size)); done < <(find . -type d -printf '%s\n')
    [ $(($(du -sb . | cut -f1) - directories)) -eq $sum ] || fail "du does not say the sum of the files"
    echo "$sum"
    find . -type f -exec du -b {} + | LC_ALL=C sort
    find . -type f -printf '%s %b %P\n' | while read -r size blocks name; do
        [ $((blocks * 512)) -ge "$size" ] || fail "$name has fewer blocks than bytes"
    done
    wc -c g/a/c/*
    ls -l g/a/c | awk 'NR > 1 {print $1, $5, $NF}'
    ;;
diff)
    cp -r . "$outside/all"
    diff -r . "$outside/all" && echo "the same"
    letters other 300 >"$outside/all/g/a/c/0"
    rm g/a/c/1
    mkdir g/new
    touch "$outside/all/g/more"
    (cd "$outside"; diff -rq "$tree" all | sed "s|$tree|TREE|g") && fail "they differ"
    (cd g && sha256sum a/c/* dots/* >"$outside/sums" && sha256sum -c --quiet "$outside/sums")
    cmp g/a/c/2 "$outside/all/g/a/c/2"
    cmp g/a/c/0 "$outside/all/g/a/c/0" || true
    ;;
vim)
    vim=$(command -v vim || command -v vim.tiny)
    # As `vim FILE` is by default, and in each of the ways in which it can keep a copy of what it overwrites (but in /tmp, which it skips).
    edit() { "$vim" -N -es -u NONE -i NONE --cmd 'set swapfile backupskip=' "${@:2}" \
        -c "%s/\"attributes\":{\"name\":\"[a-z]*\"/\"attributes\":{\"name\":\"$word\"/" -c wq "$1" \
        || fail "vim says $? for $1 ${*:2}"; }
    number=0
    for options in 'set nobackup' 'set writebackup' 'set backup backupcopy=yes' 'set backup backupcopy=no' 'set nobackup writebackup backupcopy=no' \
        'set nobackup writebackup backupcopy=yes' 'set backup backupcopy=auto fsync' 'set nowritebackup' 'set backup backupcopy=no,breaksymlink' \
        'set backup undofile'; do
        number=$((number + 1))
        word=$(printf 'x%.0s' $(seq $number))
        for file in zarr.json g/a/zarr.json; do
            edit $file -c "$options"
            grep -q "\"$word\"" $file || fail "$file was not saved with $options"
            echo "$options: $(stat -c '%a %h' $file) $(ls -A "$(dirname $file)" | tr '\n' ' ')"
        done
        rm -f zarr.json~ g/a/zarr.json~ .*.un~ g/a/.*.un~
    done
    # With a swap file of its own in the way: a second vim that only reads.
    "$vim" -N -es -u NONE -i NONE -R -c 'w! copy.json' -c q zarr.json
    told .
    ;;
edit)
    sed -i 's/"one"/"two"/' zarr.json
    sed -i.bak 's/"one"/"three"/' g/zarr.json
    sed -i '$d' g/a/c/3
    sed -i --follow-symlinks 's/"one"/"four"/' g/h/zarr.json
    python3 - <<'EOF'
import os
# As nano, and every editor that opens what it saves to: emptied, then written.
text = open("g/a/zarr.json").read().replace('"one"', '"five"')
with open("g/a/zarr.json", "w") as file:
    file.write(text)
    file.flush()
    os.fsync(file.fileno())
# As gedit and many others: beside it, flushed, with the modes of what it replaces, and renamed over it.
text = open("g/dots/zarr.json").read().replace('"one"', '"six"')
status = os.stat("g/dots/zarr.json")
descriptor = os.open("g/dots/.goutputstream-X1Y2Z3", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.fchown(descriptor, -1, status.st_gid)
os.fchmod(descriptor, status.st_mode & 0o777)
os.write(descriptor, text.encode())
os.fsync(descriptor)
os.rename("g/dots/.goutputstream-X1Y2Z3", "g/dots/zarr.json")
os.close(descriptor)
directory = os.open("g/dots", os.O_RDONLY | os.O_DIRECTORY)
os.fsync(directory)
# As emacs: a lock beside it, and the old one becomes the backup.
os.rename("g/dots/0.0", "g/dots/0.0~")
with open("g/dots/0.0", "wb") as file:
    file.write(b"emacs" * 100)
# In place: longer, shorter, in the middle.
with open("g/dots/0.1", "r+b") as file:
    file.seek(100)
    file.write(b"middle")
    file.truncate(3000)
EOF
    dd if=/dev/zero of=g/a/c/4 bs=1 seek=10 count=20 conv=notrunc status=none
    letters appended 10 >>g/a/c/5
    truncate -s 5 g/a/c/6
    (set -C; letters x 1 >g/a/c/7) 2>/dev/null && fail "noclobber does not hold"
    exec 3<>g/a/c/8; printf start >&3; exec 3>&-
    install -m 640 g/a/c/9 g/a/c/10
    letters tee 20 | tee g/a/c/11 g/a/c/12 >/dev/null
    split -b 100 g/a/c/13 g/part.
    find . -type f -printf '%m %h %P\n' | grep -c '^644 '
    stat -c %a g/a/c/10
    told .
    ;;
manager)
    # What file managers ask of everything, and leave behind everywhere.
    shopt -s nullglob
    for directory in . g g/a g/a/c g/dots; do
        for file in "$directory"/* "$directory"/.*; do
            stat "$file" >/dev/null; stat -L "$file" >/dev/null
            head -c 256 "$file" >/dev/null 2>&1 || true
            test -r "$file" && test -w "$file"
        done
        for name in .DS_Store ._zarr.json Thumbs.db desktop.ini .directory; do letters dropped 100 >"$directory/$name"; done
        mkdir -p "$directory/.Trash-0/files" "$directory/.Trash-0/info"
    done
    stat -f . >/dev/null; df . >/dev/null
    mv g/a/c/19 .Trash-0/files/19
    printf '[Trash Info]\nPath=g/a/c/19\n' >.Trash-0/info/19.trashinfo
    printf x | cat >'g/Neuer Ordner (1)~'; mkdir 'g/New Folder'; rmdir 'g/New Folder'
    told .
    ;;
v2-make)
    mkdir -p g/a g/slashes/0
    printf '{"zarr_format": 2}' | tee .zgroup >g/.zgroup
    printf '{"name": "one"}' | tee .zattrs g/.zattrs g/a/.zattrs >/dev/null
    array_v2() { printf '{"zarr_format": 2, "shape": %s, "chunks": %s, "dtype": "|u1", "fill_value": 0, "order": "C", "filters": null,
        "compressor": {"id": "gzip", "level": 1}, "dimension_separator": "%s"}' "$@"; }
    array_v2 '[20]' '[1]' . >g/a/.zarray
    array_v2 '[4,4]' '[2,2]' / >g/slashes/.zarray
    for i in {0..19}; do letters "chunk $i" $((300 + 150 * i)) >g/a/$i; done
    letters slash 5000 | tee g/slashes/0/0 >g/slashes/0/1
    ;;
v2)
    # All of it at once; documents are files like any other.
    cp -a . "$outside/all"
    same . "$outside/all"
    diff -r . "$outside/all"
    cp -a "$outside/all/g" copied
    cp -r g plain
    same g copied
    diff -r g plain
    echo "again: $(rsync -ai copied/ "$outside/all/g/")"
    rsync -ai "$outside/all/g/" sent/ | LC_ALL=C sort
    echo "again: $(rsync -ai "$outside/all/g/" sent/)"
    letters longer 9000 >"$outside/all/g/a/1"
    rm "$outside/all/g/a/2"
    touch -d 2001-02-03 "$outside/all/g/a" "$outside/all/g/a/1" # whatever second it is
    rsync -ai --delete "$outside/all/g/" sent/ | LC_ALL=C sort
    tar -cf "$outside/g.tar" g
    mkdir unpacked
    tar -xf "$outside/g.tar" -C unpacked
    tar -df "$outside/g.tar" -C unpacked
    mv sent/a renamed
    mv renamed/3 renamed/4
    mv plain/slashes "$outside/slashes"
    mv "$outside/slashes" sent/back
    mv -T plain/a sent/a
    mv plain/.zattrs plain/.zattrs~ && mv plain/.zattrs~ plain/.zattrs
    find . -name '.z*' -size -2k | LC_ALL=C sort
    find g -type f -exec du -b {} + | LC_ALL=C sort
    (cd g && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >"$outside/sums" && sha256sum -c --quiet "$outside/sums")
    sed -i 's/"one"/"two"/' g/.zattrs
    sed -i.bak 's/"one"/"three"/' .zattrs
    if vim=$(command -v vim || command -v vim.tiny); then
        for options in 'set nobackup' 'set backup backupcopy=yes' 'set backup backupcopy=no' 'set nobackup writebackup backupcopy=no'; do
            "$vim" -N -es -u NONE -i NONE --cmd 'set swapfile backupskip=' -c "$options" -c '%s/"name": "[a-z]*/&x/' -c wq g/a/.zattrs || fail "vim says $?"
            grep name g/a/.zattrs
            rm -f g/a/.zattrs~
        done
    fi
    rm -r copied unpacked/g/a
    rm unpacked/g/.zgroup unpacked/g/.zattrs && rm -r unpacked
    mv g/a/5 g/a/.5.swap && mv g/a/.5.swap g/a/5
    told .
    ;;
*) fail "what is $what?" ;;
esac
