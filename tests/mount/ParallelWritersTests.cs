using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Sixteen processes write disjoint chunks of one array at once; one commit has every value, and once more over what is there.</summary>
public sealed class ParallelWritersTests(ITestOutputHelper output) : ToolTests(output)
{
    private static readonly ToolScenario[] _scenarios =
    [
        new("zarr-python", "root.zarr", ToolScenario.Python(Chroot.Forky, "parallel.py", "zarr", "3"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Gdal, ToolReader.Zarr2 with { Tree = "root.v2.zarr" }],
        },
        new("zarr-python, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "parallel.py", "zarr", "2"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Gdal, ToolReader.Zarr3 with { Tree = "root.zarr" }],
        },
        new("xarray and dask", "root.zarr", ToolScenario.Python(Chroot.Forky, "parallel.py", "dask", "3"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Xarray, ToolReader.Zarr2 with { Tree = "root.v2.zarr" }],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void Sixteen_processes_write_one_array_at_once_and_one_commit_has_every_value(string name) => Check(_scenarios, name);
}
