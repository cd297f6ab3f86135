using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>GDAL 3.6 and 3.13 on a mount.</summary>
public sealed class GdalTests(ITestOutputHelper output) : ToolTests(output)
{
    private const string NotAscii = "'ascii' codec can't decode byte";

    private static readonly (string, string) _makesItsDirectory = ("create_where_a_directory_is", "already exists");
    private static readonly (string, string) _doesNotShrink = ("shrink", "Resize() does not support shrinking the array");
    private static readonly (string, string) _believesOldMetadata = ("see_what_others_changed", "there are [");
    private static readonly string[] _neverStale = ["see_what_others_changed"];
    private static readonly ToolReader _zarr2 = ToolReader.Zarr2.ThatCannot(("/pacific/temperature", NotAscii));

    private static readonly ToolScenario[] _scenarios =
    [
        new("GDAL 3.6, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "gdal_tool.py", "2"))
        {
            Faults = Faults(
                _makesItsDirectory,
                _believesOldMetadata,
                ("append", "no attribute 'Resize'"),
                ("shrink", "no attribute 'Resize'"),
                ("update_with_the_classic_api", "Update not supported"),
                ("delete_an_attribute", "no attribute 'DeleteAttribute'"),
                ("delete_by_itself", "no attribute 'DeleteGroup'"),
                ("move_by_itself", "no attribute 'Rename'")),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Gdal, _zarr2,
                ToolReader.Zarr3 with { Tree = "root.zarr" }, ToolReader.Gdal with { Tree = "root.zarr" },
            ],
        },
        new("GDAL 3.13, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "gdal_tool.py", "2"))
        {
            Faults = Faults(_makesItsDirectory, _doesNotShrink, _believesOldMetadata),
            Overcome = _neverStale,
            Loose = ["raster1/.zarray.aux.xml"],
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Xarray, ToolReader.OldGdal, _zarr2,
                ToolReader.Zarr3 with { Tree = "root.zarr" }, ToolReader.Gdal with { Tree = "root.zarr" },
            ],
        },
        new("GDAL 3.13, v3", "root.zarr", ToolScenario.Python(Chroot.Forky, "gdal_tool.py", "3"))
        {
            Faults = Faults(_makesItsDirectory, _doesNotShrink, ("consolidate", "nothing is consolidated")),
            Loose = ["raster1/zarr.json.aux.xml"],
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.Xarray,
                ToolReader.Zarr2 with { Tree = "root.v2.zarr" }, ToolReader.OldGdal with { Tree = "root.v2.zarr" },
            ],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void A_full_round_trip_with_GDAL_is_what_it_is_on_a_disk(string name) => Check(_scenarios, name);
}
