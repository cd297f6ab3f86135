using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>netCDF-C 4.9 and 4.10 on a mount. Debian's know no Zarr v3 and no compressed chunks.</summary>
public sealed class NetcdfTests(ITestOutputHelper output) : ToolTests(output)
{
    private const string NotEqual = "Arrays are not equal";

    private static readonly (string, string) _wipes = ("change_with_mode_a", "v not found in /");
    private static readonly (string, string) _compressesNothing = ("compress", "nothing is compressed");
    private static readonly (string, string) _losesWhatItRenames = ("move_by_itself", NotEqual);

    private static readonly ToolScenario[] _scenarios =
    [
        new("netCDF-C 4.9, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "netcdf_tool.py"))
        {
            Faults = Faults(
                _wipes,
                _compressesNothing,
                _losesWhatItRenames,
                ("append", "Invalid dimension size"),
                ("write_what_was_closed", NotEqual),
                ("overwrite_what_was_closed", NotEqual),
                ("write_again_after_a_sync", NotEqual)),

            // GDAL shows the groups that netCDF names in its documents, and no others.
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Xarray, ToolReader.Netcdf,
                ToolReader.OldGdal.ThatCannot(("/copied", ""), ("/copied/v", ""), ("/moved", ""), ("/moved/v", "")),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
        new("netCDF-C 4.10, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "netcdf_tool.py"))
        {
            Faults = Faults(
                _wipes,
                _compressesNothing,
                _losesWhatItRenames,
                ("shorten_an_attribute", "NCZarr error"),
                ("delete_an_attribute", "NCZarr error")),
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
