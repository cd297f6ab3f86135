using System.Text.Json;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>An unmodified Zarr tool that walks the tutorial one step at a time, each in a process of its own, on any directory.</summary>
internal abstract class ZarrTool
{
    /// <summary>Runs a step on a tree; the answer is what it printed, parsed, or Undefined if it printed nothing.</summary>
    /// <param name="step">A step of <c>tutorial.py</c> or <c>tutorial.mjs</c>.</param>
    /// <param name="folder">The folder that holds the tree and the other files that the step touches.</param>
    /// <param name="arguments">Paths of these, below the folder; the first is the tree.</param>
    public JsonElement Step(string step, string folder, params string[] arguments)
    {
        var printed = Run(step, folder, arguments).Succeed();
        return printed.Length == 0 ? default : JsonDocument.Parse(printed).RootElement;
    }

    protected abstract CommandResult Run(string step, string folder, string[] arguments);
}

/// <summary>zarr-python and xarray of the Debian forky chroot.</summary>
internal sealed class ZarrPython : ZarrTool
{
    protected override CommandResult Run(string step, string folder, string[] arguments) =>
        Chroot.Forky.Run(
            folder,
            ["python3", "/srv/tutorial.py", step, .. arguments.Select(argument => argument.Replace("./", "/mnt/", StringComparison.Ordinal))]);
}

/// <summary>zarrita from npm.</summary>
internal sealed class Zarrita : ZarrTool
{
    protected override CommandResult Run(string step, string folder, string[] arguments) => OfficialClient.Node(
        Path.Combine(TestCache.Tests, "mount", "tutorial.mjs"),
        [step, .. arguments.Select(argument => argument.Replace("./", folder + "/", StringComparison.Ordinal))]);
}
