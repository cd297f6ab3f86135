namespace Native.Fuse.Tests;

public class SystemTests
{
    [Fact]
    public unsafe void The_limit_of_open_files_is_raised_to_the_hard_limit()
    {
        LibC.ResourceLimit limit;
        Assert.Equal(0, LibC.GetLimit(LibC.OpenFilesLimit, &limit));
        var lower = limit with { Soft = limit.Hard / 2 };
        Assert.Equal(0, LibC.SetLimit(LibC.OpenFilesLimit, &lower));
        Assert.Equal((ulong)limit.Hard, ResourceLimits.RaiseOpenFiles());
        Assert.Equal(0, LibC.GetLimit(LibC.OpenFilesLimit, &lower));
        Assert.Equal(limit.Hard, lower.Soft);
    }

    [Fact]
    public void Symbolic_links_are_resolved_in_a_real_path()
    {
        var folder = Directory.CreateTempSubdirectory("native-fuse-").FullName;
        try
        {
            Directory.CreateDirectory($"{folder}/Ozean 🐳");
            File.CreateSymbolicLink($"{folder}/link", $"{folder}/Ozean 🐳");
            Assert.Equal($"{folder}/Ozean 🐳", MountSyscalls.RealPath($"{folder}/link/.", out var errno));
            Assert.Equal(0, errno);
            Assert.Null(MountSyscalls.RealPath($"{folder}/missing", out errno));
            Assert.Equal(LinuxError.NoEntry, errno);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_connection_that_does_not_exist_cannot_be_aborted() => Assert.False(FuseConnections.TryAbort(uint.MaxValue));

    [HelperFact]
    public void The_helpers_own_words_are_in_the_error()
    {
        var error = Assert.Throws<IOException>(() => FuserMount.Mount("/nonexistent/mountpoint", ["fsname=test", "subtype=test"]));
        Assert.Contains("/nonexistent/mountpoint", error.Message, StringComparison.Ordinal);
        Assert.Contains("No such file or directory", error.Message, StringComparison.Ordinal);
    }

    [HelperFact]
    public void The_helper_complains_when_there_is_nothing_to_unmount() => Assert.NotEmpty(FuserMount.Unmount("/usr/bin", lazy: false)!);

    [Fact]
    public void An_errno_has_a_sentence() => Assert.Equal("Device or resource busy", LinuxError.Describe(LinuxError.Busy));
}

/// <summary>Needs the program fusermount3.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HelperFactAttribute : FactAttribute
{
    public HelperFactAttribute()
    {
        if (!File.Exists("/usr/bin/fusermount3") && !File.Exists("/bin/fusermount3"))
        {
            Skip = "fusermount3 is not installed (package fuse3)";
        }
    }
}
