using System.Security.Cryptography;

namespace ArraylakeFs.TestHarness;

/// <summary>What <c>tests/prepare.sh</c> has put into the cache folder. Names carry a hash of what they were made from.</summary>
public static class TestCache
{
    /// <summary><c>$ARRAYLAKEFS_TEST_CACHE</c>, or <c>~/.cache/arraylakefs-test</c>.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("ARRAYLAKEFS_TEST_CACHE") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "arraylakefs-test");

    /// <summary>The folder of this checkout's tests.</summary>
    public static string Tests { get; } = FindTests();

    /// <summary>The node_modules folder with the official packages; null if it is not there.</summary>
    public static string? NodeModules { get; } = Existing(Path.Combine(Folder, $"npm-{HashOf("interop/package-lock.json")}", "node_modules"));

    /// <summary>The library to preload into node where glibc is too old for the official client; null if none is needed.</summary>
    public static string? Preload { get; } = Existing(Path.Combine(Folder, $"isoc23-{HashOf("interop/isoc23.c")}.so"));

    /// <summary>The chroot of a Debian suite; null if it is not there.</summary>
    public static string? Chroot(string suite) => Existing(Path.Combine(Folder, $"{suite}-{HashOf($"mount/{suite}.packages")}"));

    /// <summary>Why something is not in the cache.</summary>
    public static string ReasonFor(string name)
    {
        var file = Path.Combine(Folder, $"{name}.reason");
        return File.Exists(file) ? File.ReadAllText(file).Trim() : $"{name} is not in {Folder}: run ./test or tests/prepare.sh once";
    }

    private static string? Existing(string path) => Path.Exists(path) ? path : null;

    private static string HashOf(string file) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Tests, file))))[..12];

    private static string FindTests()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ArraylakeFs.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no checkout above {AppContext.BaseDirectory}");
        }

        return Path.Combine(folder, "tests");
    }
}
