using ArraylakeFs.TestHarness;
using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>zarr-python 3.4 and 2.13 on a mount.</summary>
public sealed class ZarrPythonTests(ITestOutputHelper output) : ToolTests(output)
{
    private const string NoStrings = "String buffer data type not supported";

    private static readonly (string, string) _stale = ("reopen_with_consolidated_metadata", "the old shape (1");
    private static readonly string[] _neverStale = ["reopen_with_consolidated_metadata"];
    private static readonly string[] _ofNoSeparator = ["/atlantic/temperature", "/pacific/temperature", "/plain"];
    private static readonly ToolReader _gdal = ToolReader.Gdal.ThatCannot(("/names", ""));

    private static readonly ToolScenario[] _scenarios =
    [
        new("zarr-python 3.4, v3", "root.zarr", ToolScenario.Python(Chroot.Forky, "zarr3.py", "3"))
        {
            Faults = Faults(_stale),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Xarray, ToolReader.Gdal.ThatCannot(("/names", NoStrings)),
                ToolReader.Zarr2.ThatCannot(("/sharded", "")) with { Tree = "root.v2.zarr" },
            ],
        },
        new("zarr-python 3.4, v2", "root.v2.zarr", ToolScenario.Python(Chroot.Forky, "zarr3.py", "2"))
        {
            Faults = Faults(_stale),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Xarray, _gdal, ToolReader.Zarr2,
                ToolReader.Gdal.ThatCannot(("/names", NoStrings)) with { Tree = "root.zarr" }, ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
        new("zarr-python 2.13, DirectoryStore", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "zarr2.py", "DirectoryStore"))
        {
            Faults = Faults(_stale),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, ToolReader.OldXarray, ToolReader.OldGdal.ThatCannot(("/names", "")),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
        new("zarr-python 2.13, NestedDirectoryStore", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "zarr2.py", "NestedDirectoryStore"))
        {
            // A resize takes the separator out of the document: from then on this store alone finds the chunks. GDAL 3.6 crashes on them.
            Faults = Faults(_stale),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita with { Misreads = _ofNoSeparator },
                ToolReader.Xarray with { Misreads = _ofNoSeparator },
                new ToolReader(ToolProgram.Bookworm, "nested"),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
        new("zarr-python 2.13, FSStore", "root.v2.zarr", ToolScenario.Python(Chroot.Bookworm, "zarr2.py", "FSStore"))
        {
            Faults = Faults(_stale, ("move_by_itself", "KeyError: 'indian/thermal'")),
            Overcome = _neverStale,
            Readers =
            [
                ToolReader.Zarrita, ToolReader.Zarr3, new ToolReader(ToolProgram.Bookworm, "fsspec"),
                ToolReader.Zarr3 with { Tree = "root.zarr" },
            ],
        },
    ];

    public static TheoryData<string> Names => NamesOf(_scenarios);

    [ChrootTheory("forky", "bookworm", OfficialClient = true)]
    [MemberData(nameof(Names))]
    public void A_full_round_trip_with_zarr_python_is_what_it_is_on_a_disk(string name) => Check(_scenarios, name);
}
