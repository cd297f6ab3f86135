using System.Formats.Tar;
using System.IO.Compression;

namespace ArraylakeFs;

/// <summary>
/// Whole repositories written by official releases, read from the archive beside the test assembly: Samples/README.md says where they come
/// from. Other test projects compile this file too.
/// </summary>
internal static class OfficialReleases
{
    private static readonly Lazy<Dictionary<string, Dictionary<string, byte[]>>> _repositories = new(ReadArchive);

    /// <summary>The files of a repository by their keys; none for an unknown one.</summary>
    internal static IReadOnlyDictionary<string, byte[]> Of(string repository) => _repositories.Value.GetValueOrDefault(repository) ?? [];

    private static Dictionary<string, Dictionary<string, byte[]>> ReadArchive()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Samples", "official-releases.tar.gz");
        using var archive = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var repositories = new Dictionary<string, Dictionary<string, byte[]>>();
        while (archive.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                using var bytes = new MemoryStream();
                entry.DataStream?.CopyTo(bytes);
                var slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
                var name = entry.Name[..slash];
                repositories.TryAdd(name, []);
                repositories[name].Add(entry.Name[(slash + 1)..], bytes.ToArray());
            }
        }

        return repositories;
    }
}
