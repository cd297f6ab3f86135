using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>zarrita on a mount.</summary>
public sealed class ZarritaTests(ITestOutputHelper output) : ToolTests(output)
{
    private static readonly IReadOnlyDictionary<string, string> _faults = Faults(
        ("write_gzip", "Failed to encode chunk via codec"),
        ("consolidate", "zarr.consolidateMetadata is not a function"));

    private static readonly ToolScenario[] _scenarios =
    [
        new("zarrita, v3", "root.zarr", ToolScenario.Node("zarrita.mjs", "3"))
        {
            Faults = _faults,
            Readers = [ToolReader.Zarr3, ToolReader.Xarray, ToolReader.Gdal, ToolReader.Zarr2 with { Tree = "root.v2.zarr" }],
        },
        new("zarrita, v2", "root.v2.zarr", ToolScenario.Node("zarrita.mjs", "2"))
        {
            Faults = _faults,
            Readers =
            [
                ToolReader.Zarr3, ToolReader.Gdal, ToolReader.OldGdal,
                ToolReader.Zarr2.ThatCannot(("/pacific/temperature", "'ascii' codec can't decode byte")),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void A_full_round_trip_with_zarrita_is_what_it_is_on_a_disk(string name) => Check(_scenarios, name);
}
