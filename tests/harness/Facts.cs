namespace ArraylakeFs.TestHarness;

/// <summary>Which of the things that only some machines have are here; null means it is, a text says why not.</summary>
public static class Missing
{
    /// <summary>node and the official npm packages, and a C library that they run with.</summary>
    public static string? OfficialClient { get; } =
        Command.Find("node") is null ? "node is not installed"
        : TestCache.NodeModules is null ? TestCache.ReasonFor("npm")
        : TestHarness.OfficialClient.RunScript("official.mjs") is { ExitCode: not 0 } failure
            ? $"the official client does not load: {failure.Error.Split('\n').FirstOrDefault(line => line.Contains("Error", StringComparison.Ordinal))}"
        : null;

    /// <summary>A kernel that lets this user mount.</summary>
    public static string? Mounting { get; } = WhyNoMounting();

    /// <summary>A kernel that reads files by itself for a FUSE mount of this user.</summary>
    public static string? Passthrough { get; } =
        Mounting
        ?? (Environment.OSVersion.Version < new Version(6, 9) ? "the kernel is older than 6.9, which brought passthrough"
        : !Environment.IsPrivilegedProcess || !File.ReadAllText("/proc/self/uid_map").Contains("4294967295", StringComparison.Ordinal)
            ? "passthrough needs the machine's root"
        : null);

    private static string? WhyNoMounting()
    {
        try
        {
            using var device = new FileStream("/dev/fuse", FileMode.Open, FileAccess.ReadWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"/dev/fuse cannot be opened: {exception.Message}";
        }

        return Command.Find("fusermount3") is null && !Environment.IsPrivilegedProcess
            ? "mounting needs root or fusermount3"
            : null;
    }
}

/// <summary>A test that runs the official Icechunk client or zarrita.</summary>
public sealed class OfficialClientFactAttribute : FactAttribute
{
    /// <summary>Skips where they are missing.</summary>
    public OfficialClientFactAttribute() => Skip = Missing.OfficialClient;
}

/// <summary>As <see cref="OfficialClientFactAttribute"/>, with data.</summary>
public sealed class OfficialClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where they are missing.</summary>
    public OfficialClientTheoryAttribute() => Skip = Missing.OfficialClient;
}

/// <summary>A test that mounts.</summary>
public sealed class MountFactAttribute : FactAttribute
{
    /// <summary>Skips where nothing can be mounted.</summary>
    public MountFactAttribute() => Skip = Missing.Mounting;
}

/// <summary>A test that mounts, with passthrough, with data.</summary>
public sealed class PassthroughTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where they are missing.</summary>
    public PassthroughTheoryAttribute() => Skip = Missing.Passthrough;
}

/// <summary>As <see cref="PassthroughTheoryAttribute"/>, without data.</summary>
public sealed class PassthroughFactAttribute : FactAttribute
{
    /// <summary>Skips where they are missing.</summary>
    public PassthroughFactAttribute() => Skip = Missing.Passthrough;
}

/// <summary>As <see cref="MountFactAttribute"/>, with data.</summary>
public sealed class MountTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where nothing can be mounted.</summary>
    public MountTheoryAttribute() => Skip = Missing.Mounting;
}

/// <summary>A test that mounts and looks at the result with the official Icechunk client or zarrita.</summary>
public sealed class MountWithOfficialClientFactAttribute : FactAttribute
{
    /// <summary>Skips where either is missing.</summary>
    public MountWithOfficialClientFactAttribute() => Skip = Missing.Mounting ?? Missing.OfficialClient;
}

/// <summary>As <see cref="MountWithOfficialClientFactAttribute"/>, with data.</summary>
public sealed class MountWithOfficialClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where either is missing.</summary>
    public MountWithOfficialClientTheoryAttribute() => Skip = Missing.Mounting ?? Missing.OfficialClient;
}

/// <summary>A test that runs tools of the chroots of some Debian suites.</summary>
public sealed class ChrootFactAttribute(params string[] suites) : FactAttribute
{
    /// <summary>Whether it mounts.</summary>
    public bool Mounts { get; set; } = true;

    /// <summary>Whether it runs the official Icechunk client or zarrita.</summary>
    public bool OfficialClient { get; set; }

    /// <summary>Why it does not run here.</summary>
    public override string? Skip => WhyNot(suites, Mounts, OfficialClient);

    internal static string? WhyNot(IEnumerable<string> suites, bool mounts, bool officialClient) =>
        suites.Select(suite => suite switch
        {
            "forky" => Chroot.Forky.Missing,
            "bookworm" => Chroot.Bookworm.Missing,
            _ => throw new ArgumentException($"there is no chroot {suite}"),
        }).FirstOrDefault(reason => reason is not null)
        ?? (mounts ? Missing.Mounting : null)
        ?? (officialClient ? Missing.OfficialClient : null);
}

/// <summary>As <see cref="ChrootFactAttribute"/>, with data.</summary>
public sealed class ChrootTheoryAttribute(params string[] suites) : TheoryAttribute
{
    /// <summary>Whether it mounts.</summary>
    public bool Mounts { get; set; } = true;

    /// <summary>Whether it runs the official Icechunk client or zarrita.</summary>
    public bool OfficialClient { get; set; }

    /// <summary>Why it does not run here.</summary>
    public override string? Skip => ChrootFactAttribute.WhyNot(suites, Mounts, OfficialClient);
}
