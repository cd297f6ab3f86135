using System.Diagnostics;

namespace ArraylakeFs.Storage.Tests;

/// <summary>A small file system of a kind, mounted for one test: <c>tmpfs</c> (full soon) or <c>vfat</c> (no hard links, no exchange).</summary>
internal sealed class MountedFileSystem : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public MountedFileSystem(string kind)
    {
        Path = System.IO.Path.Combine(_directory.Path, "mounted");
        Directory.CreateDirectory(Path);
        var image = System.IO.Path.Combine(_directory.Path, "image");
        try
        {
            Shell(kind == "tmpfs"
                ? $"mount -t tmpfs -o size=256k none {Path}"
                : $"truncate -s 8M {image} && mkfs.vfat {image} && mount -o loop {image} {Path}");
        }
        catch
        {
            _directory.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public void Dispose()
    {
        Shell($"umount {Path}");
        _directory.Dispose();
    }

    private static void Shell(string script)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(error.Trim());
        }
    }
}

/// <summary>A test that mounts a file system of its own; skipped where that cannot be done.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute(string kind)
    {
        Kind = kind;
        try
        {
            new MountedFileSystem(kind).Dispose();
        }
        catch (InvalidOperationException failure)
        {
            Skip = $"a {kind} file system cannot be mounted here: {failure.Message}";
        }
    }

    public string Kind { get; }
}
