#!/bin/bash
# Compiles the assemblies that are listed in FOLDER/assemblies to machine code, those that changed, into FOLDER. The compiler is a package of
# the SDK's own version. Where it cannot be had, or cannot compile one, FOLDER lacks that file, and the build goes on without.
#   usage: precompile.sh FOLDER PACKAGES VERSION PLATFORM FRAMEWORK
set -uo pipefail
folder=$1 packages=$2 version=$3 platform=$4 framework=$5
compiler=${packages%/}/microsoft.netcore.app.crossgen2.$platform/$version/tools/crossgen2
mapfile -t assemblies <"$folder/assemblies"
references=("${assemblies[@]/#/--reference:}")

without() {
    echo "not precompiled: $1"
    rm -f "$folder"/*.dll
    exit 0
}

# Asked for once: a build without a network is not to wait for it every time.
restore() {
    local missing=$folder/missing-$version
    [ ! -e "$missing" ] || without "$(cat "$missing")"
    mkdir -p "$folder/restore"
    cat >"$folder/restore/restore.proj" <<EOF
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <RestorePackagesPath>$packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup><PackageDownload Include="Microsoft.NETCore.App.Crossgen2.$platform" Version="[$version]" /></ItemGroup>
</Project>
EOF
    timeout 300 dotnet restore "$folder/restore/restore.proj" >"$folder/restore.log" 2>&1
    [ -e "$compiler" ] || { grep -m1 error "$folder/restore.log" >"$missing"; without "the compiler cannot be restored"; }
}

compile() {
    local compiled
    compiled=$folder/$(basename "$1")
    [ "$compiled" -nt "$1" ] && [ "$compiled" -nt "$folder/assemblies" ] && return
    rm -f "$compiled"
    "$compiler" "$1" -o "$compiled.new" -r "$framework/*.dll" "${references[@]}" --targetos linux --targetarch "${platform##*-}" -O \
        && mv "$compiled.new" "$compiled"
}

[ -d "$framework" ] || without "there is no $framework"
[ -e "$compiler" ] || restore
chmod u+x "$compiler" 2>/dev/null
for assembly in "${assemblies[@]}"; do compile "$assembly" || echo "not precompiled: $assembly"; done
exit 0
