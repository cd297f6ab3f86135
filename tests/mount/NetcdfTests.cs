using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>netCDF-C 4.9 and 4.10 on a mount. Debian's know no Zarr v3 and no compressed chunks.</summary>
public sealed class NetcdfTests(ITestOutputHelper output) : ToolTests(output)
{
    private const string NotEqual = "Arrays are not equal";
    private const string OldEnd = "JSONDecodeError: Extra data";

    private static readonly (string, string) _wipes = ("change_with_mode_a", "v not found in /");
    private static readonly (string, string) _cannotShrink = ("shrink", "size cannot be altered");
    private static readonly (string, string) _compressesNothing = ("compress", "nothing is compressed");
    private static readonly (string, string) _losesWhatItRenames = ("move_by_itself", NotEqual);

    // It writes over a document in place and cuts nothing off. A mount does.
    private static readonly (string, string)[] _leavesOldEnds =
    [
        ("shorten_an_attribute", OldEnd), ("delete_an_attribute", OldEnd), ("change_what_has_a_fill_value", OldEnd),
    ];

    // Files below the root, and what is in them.
    private static readonly string[] _ownFiles =
    [
        "/consolidated", "/consolidated/v", "/copied", "/copied/v", "/growing", "/longer", "/longer/n", "/moved_again", "/moved_again/v",
        "/overwritten", "/overwritten/n", "/synced", "/synced/v", "/written", "/written/n",
    ];

    private static readonly ToolScenario[] _scenarios =
    [
        new("netCDF-C 4.9, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "netcdf_tool.py"))
        {
            Faults = Faults([
                _wipes,
                _compressesNothing,
                _losesWhatItRenames,
                _cannotShrink,
                .. _leavesOldEnds,
                ("append", "Invalid dimension size"),
                ("append_to_what_was_closed", "Variable not found"),
                ("consolidate", ".zmetadata"),
                ("write_what_was_closed", NotEqual),
                ("overwrite_what_was_closed", NotEqual),
                ("write_again_after_a_sync", NotEqual),
            ]),
            Overcome = [.. _leavesOldEnds.Select(fault => fault.Item1)],

            // GDAL shows the groups that netCDF names in its documents, and no others.
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Xarray, ToolReader.Netcdf,
                ToolReader.OldGdal.ThatCannot([.. _ownFiles.Select(path => (path, ""))]),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
        new("netCDF-C 4.10, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "netcdf_tool.py"))
        {
            Faults = Faults([
                _wipes,
                _compressesNothing,
                _losesWhatItRenames,
                _cannotShrink,
                .. _leavesOldEnds,
            ]),
            Overcome = [.. _leavesOldEnds.Select(fault => fault.Item1)],
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Gdal, ToolReader.Zarr2, ToolReader.OldNetcdf,
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void A_full_round_trip_with_netCDF_is_what_it_is_on_a_disk(string name) => Check(_scenarios, name);
}
