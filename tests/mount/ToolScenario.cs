using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>
/// A tool that creates, changes and reads a Zarr tree by a script of <c>tests/mount/tools</c>, in two turns: the second changes what the
/// first has left. <c>Run</c> is given the number of the turn, the folder that holds everything and the tree's path below it.
/// </summary>
/// <param name="Name">The tool, its version and what it writes.</param>
/// <param name="Tree">The face of the mount that it writes: <c>root.zarr</c> or <c>root.v2.zarr</c>.</param>
/// <param name="Run">Runs the script.</param>
internal sealed record ToolScenario(string Name, string Tree, Func<int, string, string, CommandResult> Run)
{
    /// <summary>The steps that fail on a plain directory in each turn that has them, with a part of what the tool says: its own faults.</summary>
    public IReadOnlyDictionary<string, string> Faults { get; init; } = new Dictionary<string, string>();

    /// <summary>Those of the steps that fail on a plain directory which succeed on a mount.</summary>
    public IReadOnlyList<string> Overcome { get; init; } = [];

    /// <summary>Files that the repository cannot hold and that stay in the session, by their paths.</summary>
    public IReadOnlyList<string> Loose { get; init; } = [];

    /// <summary>Other tools that read what it wrote.</summary>
    public IReadOnlyList<ToolReader> Readers { get; init; } = [];

    /// <summary>How zarrita reads the commit through the official client.</summary>
    public ToolReader Official { get; init; } = ToolReader.Zarrita with { Tree = "root.zarr" };

    /// <summary>A script for the Python of a chroot.</summary>
    public static Func<int, string, string, CommandResult> Python(Chroot chroot, string script, params string[] arguments) =>
        (turn, folder, tree) => chroot.Run(folder, ["python3", $"/srv/tools/{script}", $"{turn}", .. arguments, $"/mnt/{tree}"]);

    /// <summary>A script for node.</summary>
    public static Func<int, string, string, CommandResult> Node(string script, params string[] arguments) => (turn, folder, tree) =>
        OfficialClient.Node(Path.Combine(TestCache.Tests, "mount", "tools", script), [$"{turn}", .. arguments, Path.Combine(folder, tree)]);
}

/// <summary>A tool that reads what another wrote.</summary>
/// <param name="Program">Whose programs these are.</param>
/// <param name="Tool">Its name in <c>readers.py</c>, or <c>zarrita</c>.</param>
internal sealed record ToolReader(ToolProgram Program, string Tool)
{
    /// <summary>zarrita.</summary>
    public static ToolReader Zarrita { get; } = new(ToolProgram.Node, "zarrita");

    /// <summary>zarr-python 3.</summary>
    public static ToolReader Zarr3 { get; } = new(ToolProgram.Forky, "zarr");

    /// <summary>xarray on zarr-python 3.</summary>
    public static ToolReader Xarray { get; } = new(ToolProgram.Forky, "xarray");

    /// <summary>GDAL 3.13, which has no booleans.</summary>
    public static ToolReader Gdal { get; } = new(ToolProgram.Forky, "gdal") { Types = new Dictionary<string, string> { ["bool"] = "uint8" } };

    /// <summary>netCDF-C 4.10.</summary>
    public static ToolReader Netcdf { get; } = new(ToolProgram.Forky, "netcdf");

    /// <summary>zarr-python 2.</summary>
    public static ToolReader Zarr2 { get; } = new(ToolProgram.Bookworm, "zarr");

    /// <summary>xarray on zarr-python 2.</summary>
    public static ToolReader OldXarray { get; } = new(ToolProgram.Bookworm, "xarray");

    /// <summary>GDAL 3.6.</summary>
    public static ToolReader OldGdal { get; } = Gdal with { Program = ToolProgram.Bookworm };

    /// <summary>netCDF-C 4.9.</summary>
    public static ToolReader OldNetcdf { get; } = new(ToolProgram.Bookworm, "netcdf");

    /// <summary>Nodes that it cannot read from a plain directory either, with a part of what it says; empty where it shows nothing.</summary>
    public IReadOnlyDictionary<string, string> Cannot { get; init; } = new Dictionary<string, string>();

    /// <summary>Nodes that it reads wrongly from a plain directory, too.</summary>
    public IReadOnlyList<string> Misreads { get; init; } = [];

    /// <summary>The same reader with nodes that it cannot read.</summary>
    public ToolReader ThatCannot(params (string Path, string Message)[] nodes) =>
        this with { Cannot = nodes.ToDictionary(node => node.Path, node => node.Message) };

    /// <summary>Data types that it shows as others.</summary>
    public IReadOnlyDictionary<string, string> Types { get; init; } = new Dictionary<string, string>();

    /// <summary>The face that it reads; null where it reads the one that was written.</summary>
    public string? Tree { get; init; }
}

/// <summary>Where a reader comes from.</summary>
internal enum ToolProgram
{
    /// <summary>node and npm.</summary>
    Node,

    /// <summary>Debian forky.</summary>
    Forky,

    /// <summary>Debian bookworm.</summary>
    Bookworm,
}

/// <summary>What a script said at its end: the outcome of its steps, and what it found in the tree.</summary>
internal sealed record ToolAnswer(IReadOnlyDictionary<string, string?> Steps, JsonObject Found)
{
    /// <summary>Parses the last line of a program's output.</summary>
    public static JsonObject Parse(CommandResult result) =>
        JsonNode.Parse(result.Succeed().TrimEnd().Split('\n')[^1])!.AsObject();

    /// <summary>The answer of a scenario's script.</summary>
    public static ToolAnswer Of(CommandResult result)
    {
        var answer = Parse(result);
        return new ToolAnswer(
            answer["steps"]!.AsObject().ToDictionary(step => step.Key, step => step.Value?.GetValue<string>()),
            answer["found"]!.AsObject());
    }
}
