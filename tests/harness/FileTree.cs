using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ArraylakeFs.TestHarness;

/// <summary>A file: its size, and the SHA-256 of its bytes, null where they cannot be read.</summary>
public sealed record TreeFile(long Size, string? Sha256);

/// <summary>The files of a tree by their paths: as a mount shows them, or as it should show what the official client sees.</summary>
public static class FileTree
{
    private const string DocumentName = "zarr.json";
    private const int MaxNameBytes = 255;

    /// <summary>What find(1) and sha256sum(1) see below a directory of a mount.</summary>
    public static SortedDictionary<string, TreeFile> Of(MountedRepository mount, string tree)
    {
        var files = Sorted();
        var output = mount.Shell(
            """
            cd -- "$1" && find . -type f -printf '%s %P\0' && printf '\0' || exit 1
            find . -type f -print0 | xargs -0 -r sha256sum -z -- 2>/dev/null
            true
            """,
            tree).Succeed();
        var half = output.StartsWith('\0') ? 0 : output.IndexOf("\0\0", StringComparison.Ordinal);
        var hashes = Entries(output[half..]).ToDictionary(entry => entry[(64 + "  ./".Length)..], entry => entry[..64]);
        foreach (var entry in Entries(output[..half]))
        {
            var blank = entry.IndexOf(' ', StringComparison.Ordinal);
            var path = entry[(blank + 1)..];
            files.Add(path, new TreeFile(long.Parse(entry[..blank], CultureInfo.InvariantCulture), hashes.GetValueOrDefault(path)));
        }

        return files;
    }

    /// <summary>
    /// The files of a commit of the official client's, worked out without our own code. Nodes that no file path leads to are left out.
    /// </summary>
    public static SortedDictionary<string, TreeFile> Of(OfficialCommit commit)
    {
        var files = Sorted();
        foreach (var (path, node) in commit.Nodes.Where(node => IsFilePath(node.Key)))
        {
            var folder = path == "/" ? "" : path[1..] + "/";
            files.Add(folder + DocumentName, new TreeFile(node.DocumentBytes.Length, Convert.ToHexStringLower(SHA256.HashData(node.DocumentBytes))));
            foreach (var (coordinates, chunk) in node.Chunks)
            {
                files.Add(folder + KeyOf(node, coordinates), new TreeFile(chunk.Size, chunk.Sha256));
            }
        }

        return files;
    }

    private static SortedDictionary<string, TreeFile> Sorted() => new(StringComparer.Ordinal);

    private static string[] Entries(string output) => output.Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsFilePath(string path) => path == "/" || path[1..].Split('/').All(name =>
        name is not ("" or "." or ".." or DocumentName) && !name.Contains('\0', StringComparison.Ordinal)
        && Encoding.UTF8.GetByteCount(name) <= MaxNameBytes);

    /// <summary>The file name of a chunk, by the array's own chunk_key_encoding.</summary>
    private static string KeyOf(OfficialNode array, string coordinates)
    {
        var encoding = JsonDocument.Parse(array.DocumentBytes).RootElement.GetProperty("chunk_key_encoding");
        var isV2 = encoding.GetProperty("name").GetString() == "v2";
        var separator = encoding.TryGetProperty("configuration", out var configuration) && configuration.TryGetProperty("separator", out var own)
            ? own.GetString()!
            : isV2 ? "." : "/";
        var parts = coordinates.Length == 0 ? [] : coordinates.Split('/');
        return isV2 ? parts.Length == 0 ? "0" : string.Join(separator, parts) : string.Join(separator, parts.Prepend("c"));
    }
}
