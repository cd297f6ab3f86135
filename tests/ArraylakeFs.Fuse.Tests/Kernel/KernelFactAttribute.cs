using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Kernel;

/// <summary>Mounts with the real kernel: needs Linux, root and /dev/fuse.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelFactAttribute : FactAttribute
{
    public KernelFactAttribute() => Skip = Missing;

    /// <summary>Null if it is all there.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() || MountSyscalls.EffectiveUserId != 0 ? "needs root on Linux to mount"
        : !File.Exists("/dev/fuse") ? "needs /dev/fuse"
        : null;
}

/// <summary>As <see cref="KernelFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelTheoryAttribute : TheoryAttribute
{
    public KernelTheoryAttribute() => Skip = KernelFactAttribute.Missing;
}

/// <summary>Mounts as a user who is not root, in a mount namespace of its own where /dev/fuse is open to all.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UnprivilegedFactAttribute : FactAttribute
{
    public UnprivilegedFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || MountSyscalls.EffectiveUserId != 0 || !File.Exists("/dev/fuse"))
        {
            Skip = "needs root, to become another user in a mount namespace of its own, and /dev/fuse";
        }
        else if (new[] { "fusermount3", "unshare", "setpriv" }.FirstOrDefault(tool => !Exists(tool)) is { } missing)
        {
            Skip = $"needs the program {missing}";
        }
    }

    private static bool Exists(string tool) => new[] { "/usr/bin", "/bin", "/usr/sbin" }.Any(folder => File.Exists($"{folder}/{tool}"));
}

/// <summary>Mounts share the machine's mount table and its two cores: one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class KernelTests
{
    public const string Name = "kernel";
}
