using System.Diagnostics;

namespace ArraylakeFs.TestHarness;

/// <summary>
/// The machine's own Python with nothing but its standard library: clients that touch a mount call by call, and know the exact errno.
/// </summary>
public static class Python
{
    private const string OfTheSystem = "/usr/bin/python3";

    /// <summary>The program; null if it is not installed.</summary>
    public static string? Program { get; } = File.Exists(OfTheSystem) ? OfTheSystem : Command.Find("python3");

    /// <summary>Why there is none; null if there is.</summary>
    public static string? Missing => Program is null ? "python3 is not installed" : null;

    /// <summary>Runs a script, given by its path below <c>tests</c>, to its end.</summary>
    public static CommandResult Run(string script, params string[] arguments) =>
        Command.Run(Program!, [PathOf(script), .. arguments], Environment);

    /// <summary>Starts a script, given by its path below <c>tests</c>; its output is piped.</summary>
    public static Process Start(string script, params string[] arguments) =>
        Command.Start(Program!, [PathOf(script), .. arguments], Environment);

    private static Dictionary<string, string> Environment { get; } = new() { ["PYTHONDONTWRITEBYTECODE"] = "1", ["PYTHONUNBUFFERED"] = "1" };

    private static string PathOf(string script) => Path.Combine(TestCache.Tests, script);
}

/// <summary>A test that mounts and has Python touch the mount; some look at the result with the official Icechunk client too.</summary>
public sealed class MountWithPythonFactAttribute : FactAttribute
{
    /// <summary>Skips where something is missing.</summary>
    public MountWithPythonFactAttribute(bool officialClient = false) =>
        Skip = Missing.Mounting ?? Python.Missing ?? (officialClient ? Missing.OfficialClient : null);
}

/// <summary>As <see cref="MountWithPythonFactAttribute"/>, with data.</summary>
public sealed class MountWithPythonTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where something is missing.</summary>
    public MountWithPythonTheoryAttribute() => Skip = Missing.Mounting ?? Python.Missing;
}
