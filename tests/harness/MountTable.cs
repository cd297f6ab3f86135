using System.Globalization;

namespace ArraylakeFs.TestHarness;

/// <summary>One line of <c>/proc/self/mountinfo</c>.</summary>
/// <param name="Device">The device number, <c>0:53</c>; the second part names the FUSE connection.</param>
/// <param name="Path">The mountpoint.</param>
/// <param name="Type">The type of the file system, <c>fuse</c> or <c>fuse.arraylakefs</c>.</param>
public sealed record MountTableEntry(string Device, string Path, string Type)
{
    private const string Connections = "/sys/fs/fuse/connections";

    /// <summary>Whether the kernel asks a user's program for what is in it.</summary>
    public bool IsFuse => Type == "fuse" || Type.StartsWith("fuse.", StringComparison.Ordinal);

    /// <summary>Takes the mount down even if its daemon is dead or hangs: whoever waits for it gets an error.</summary>
    public void ForceDown()
    {
        var abort = System.IO.Path.Combine(Connections, Device.Split(':')[1], "abort");
        if (IsFuse && File.Exists(abort))
        {
            Command.Shell("echo 1 > \"$1\"", abort);
        }

        if (Command.Run("umount", ["--lazy", Path]).ExitCode != 0)
        {
            Command.Run("fusermount3", ["-u", "-z", Path]);
        }
    }
}

/// <summary>What is mounted. Reading the table never touches a mount, so it answers even where a daemon hangs.</summary>
public static class MountTable
{
    /// <summary>The mount at a path; null if there is none.</summary>
    public static MountTableEntry? At(string path) => Read().LastOrDefault(entry => entry.Path == path);

    /// <summary>The mounts at or below a path, the newest first.</summary>
    public static IReadOnlyList<MountTableEntry> Below(string path) =>
        [.. Read().Where(entry => entry.Path == path || entry.Path.StartsWith(path + "/", StringComparison.Ordinal)).Reverse()];

    private static IEnumerable<MountTableEntry> Read()
    {
        foreach (var line in File.ReadAllLines("/proc/self/mountinfo"))
        {
            // 36 35 0:53 / /mnt/point rw,nosuid shared:1 - fuse.arraylakefs source rw
            var fields = line.Split(' ');
            var type = fields[Array.IndexOf(fields, "-") + 1];
            yield return new MountTableEntry(fields[2], Unescape(fields[4]), type);
        }
    }

    /// <summary>Blanks, tabs, newlines and backslashes stand as three octal digits.</summary>
    private static string Unescape(string path)
    {
        var parts = path.Split('\\');
        return parts[0] + string.Concat(parts.Skip(1).Select(part =>
            (char)Convert.ToInt32(part[..3].ToString(CultureInfo.InvariantCulture), 8) + part[3..]));
    }
}
