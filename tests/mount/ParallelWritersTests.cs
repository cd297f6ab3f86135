using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Sixteen processes write disjoint chunks of one array at once; one commit has every value.</summary>
public sealed class ParallelWritersTests(ITestOutputHelper output) : ToolTests(output)
{
    private static readonly ToolScenario[] _scenarios =
    [
        new("zarr-python", "root.zarr", ToolScenario.Python(Chroot.Forky, "parallel.py", "zarr"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Gdal],
        },
        new("xarray and dask", "root.zarr", ToolScenario.Python(Chroot.Forky, "parallel.py", "dask"))
        {
            Readers = [ToolReader.Zarrita, ToolReader.Xarray],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void Sixteen_processes_write_one_array_at_once_and_one_commit_has_every_value(string name) => Check(_scenarios, name);
}
