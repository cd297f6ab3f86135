using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>xarray 2026.4 on zarr-python 3 and xarray 2023.01 on zarr-python 2, with and without dask, on a mount.</summary>
public sealed class XarrayTests(ITestOutputHelper output) : ToolTests(output)
{
    private static readonly ToolReader _gdal =
        ToolReader.Gdal.ThatCannot(("/station", ""), ("/coast/north/station", ""), ("/coast/south/station", ""));

    private static readonly ToolScenario[] _scenarios =
    [
        new("xarray 2026.4, v3", "root.zarr", ToolScenario.Python(Chroot.Forky, "xarray_tool.py", "3"))
        {
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Xarray,
                ToolReader.Gdal.ThatCannot([.. _gdal.Cannot.Keys.Select(path => (path, "String buffer data type not supported"))]),
                ToolReader.Zarr2 with { Tree = "root.v2.zarr" }, ToolReader.OldXarray with { Tree = "root.v2.zarr" },
            ],
        },
        new("xarray 2026.4, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "xarray_tool.py", "2"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Xarray, _gdal, ToolReader.OldXarray, ToolReader.Zarr3 with { Tree = "root.zarr" }],
        },
        new("xarray 2023.01, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "xarray_tool.py", "2"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Xarray, _gdal, ToolReader.Zarr2, ToolReader.Zarr3 with { Tree = "root.zarr" }],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void A_full_round_trip_with_xarray_is_what_it_is_on_a_disk(string name) => Check(_scenarios, name);
}
