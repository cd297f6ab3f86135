#!/bin/bash
# Builds the chroot of a Debian suite with its Zarr tools, once, and prints its path.
#   usage: chroot.sh SUITE CACHE_FOLDER        (SUITE.packages beside this file lists what goes in)
# Exit 0: the path stands on standard output. Exit 3: it cannot be built here, the reason stands on standard error.
set -euo pipefail

suite=${1:?usage: chroot.sh SUITE CACHE_FOLDER}
cache=${2:?usage: chroot.sh SUITE CACHE_FOLDER}
list=$(dirname "$0")/$suite.packages
# The name carries what is inside: another package list is another chroot.
chroot=$cache/$suite-$(sha256sum <"$list" | cut -c1-12)

cannot() { echo "$1" >&2; exit 3; }

verify() {
    chroot "$1" python3 -c 'import zarr, xarray, dask, netCDF4, osgeo.gdal; print(zarr.__version__, xarray.__version__)' \
        && chroot "$1" gdalinfo --version && [[ $(chroot "$1" ncdump 2>&1) == *'netcdf library version'* ]]
}

if [ -d "$chroot" ]; then echo "$chroot"; exit 0; fi
[ "$(id -u)" = 0 ] || cannot "building the Debian $suite chroot needs root"
command -v mmdebstrap >/dev/null || cannot "mmdebstrap is not installed"

mkdir -p "$cache"
exec 9>"$cache/$suite.lock"
flock 9
if [ -d "$chroot" ]; then echo "$chroot"; exit 0; fi

# The mirror that this machine itself uses, from its own apt configuration.
mirror=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(SITE)' 'Created-By: Packages' 2>/dev/null \
    | awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
[ -n "$mirror" ] || cannot "apt on this machine knows no Debian mirror"
options=(--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"')
while read -r name value; do
    options+=("--aptopt=$name ${value%;}")
done < <(apt-config dump | grep -E '^Acquire::https?::Proxy ' || true)

temporary=$(mktemp -d "$cache/$suite-build.XXXXXX")
trap 'rm -rf --one-file-system "$temporary"' EXIT
log=$cache/$suite-build.log
mmdebstrap --quiet --variant=apt --mode=root "${options[@]}" --include="$(paste -sd, "$list")" \
    --customize-hook='rm -rf "$1"/usr/share/doc/* "$1"/usr/share/man/*' \
    "$suite" "$temporary/root" "$mirror" >"$log" 2>&1 9>&- \
    || cannot "mmdebstrap failed: $(tail -n 1 "$log") (all of it: $log)"
verify "$temporary/root" >>"$log" 2>&1 || cannot "the Debian $suite chroot is built, but its tools do not start: $log"
mv "$temporary/root" "$chroot"
echo "$chroot"
