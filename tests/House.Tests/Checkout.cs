using System.Xml.Linq;

namespace House.Tests;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Checkout
{
    public const string Solution = "ArraylakeFs.sln";

    private static readonly string[] _projectFolders = ["src", "native-shims", "tests"];

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every project, by its path below <see cref="Root"/>.</summary>
    public static IReadOnlyList<string> Projects { get; } =
        [.. _projectFolders.SelectMany(folder => Files(folder, ".csproj")).Order(StringComparer.Ordinal)];

    public static string NameOf(string project) => Path.GetFileNameWithoutExtension(project);

    public static bool IsProduct(string project) => !project.StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>The names of the projects that a project refers to.</summary>
    public static IReadOnlyList<string> ReferencesOf(string project) =>
        [.. XDocument.Load(Path.Combine(Root, project)).Descendants("ProjectReference").Select(reference =>
            NameOf(reference.Attribute("Include")!.Value.Replace('\\', '/')))];

    /// <summary>The files below a folder with one of the endings, without what a build leaves.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Root, file))
        .Where(file => endings.Contains(Path.GetExtension(file)))
        .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "TestResults"));

    /// <summary>Fails with every offence in full.</summary>
    public static void AssertNone(IEnumerable<string> offences)
    {
        var found = string.Join('\n', offences);
        Assert.True(found.Length == 0, found);
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, Solution)))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no {Solution} above {AppContext.BaseDirectory}");
        }

        return folder;
    }
}
