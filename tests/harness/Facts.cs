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

    /// <summary>The Debian forky chroot, and a user who may enter it.</summary>
    public static string? Forky { get; } =
        TestCache.Forky is null ? TestCache.ReasonFor("forky")
        : !Environment.IsPrivilegedProcess ? "entering the Debian forky chroot needs root"
        : Command.Run("unshare", ["--mount", "true"]).ExitCode != 0 ? "this machine does not allow mount namespaces (unshare --mount)"
        : null;

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

/// <summary>A test that runs tools of the Debian forky chroot; those that mount say so.</summary>
public sealed class ForkyFactAttribute : FactAttribute
{
    /// <summary>Skips where the chroot, or what <paramref name="mounts"/> needs, is missing.</summary>
    public ForkyFactAttribute(bool mounts = true) => Skip = (mounts ? Missing.Mounting : null) ?? Missing.Forky;
}
