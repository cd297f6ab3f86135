using System.Globalization;
using System.Text;

namespace ArraylakeFs.Fuse;

/// <summary>One mount of this process's mount namespace.</summary>
internal sealed record MountEntry(uint DeviceMinor, string Mountpoint, string Type, string Source);

/// <summary>/proc/self/mountinfo (proc_pid_mountinfo(5)). Reading it never touches a mount, so it cannot hang on one.</summary>
internal static class MountTable
{
    public const string Path = "/proc/self/mountinfo";

    /// <summary>The mount that is seen at exactly this path: the last one, which covers the others. Null if there is none.</summary>
    public static MountEntry? TopAt(string path) => At(path) is [.., var top] ? top : null;

    /// <summary>All mounts at exactly this path; each covers those before it.</summary>
    public static IReadOnlyList<MountEntry> At(string path) => [.. Parse(File.ReadAllText(Path)).Where(entry => entry.Mountpoint == path)];

    /// <summary>All mounts in the table's order; lines that are not of its form are left out.</summary>
    public static IEnumerable<MountEntry> Parse(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /root /mountpoint options [optional fields] - type source super-options
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6 || fields.Length < separator + 3
                || fields[2].Split(':') is not [_, var minorText] || !uint.TryParse(minorText, CultureInfo.InvariantCulture, out var minor))
            {
                continue;
            }

            yield return new MountEntry(minor, Unescape(fields[4]), fields[separator + 1], Unescape(fields[separator + 2]));
        }
    }

    /// <summary>Space, tab, newline and backslash stand there as three octal digits behind a backslash.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\'))
        {
            return field;
        }

        var plain = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                plain.Append((char)Convert.ToInt32(field.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                plain.Append(field[i]);
            }
        }

        return plain.ToString();
    }
}
