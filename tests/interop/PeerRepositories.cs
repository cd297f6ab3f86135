using System.Collections.Concurrent;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>A repository that official clients wrote, and all that the newest of them sees in it.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Detached">Commits that no branch or tag reaches.</param>
/// <param name="Seen">What the official client sees.</param>
public sealed record PeerRepository(string Folder, IReadOnlyList<string> Detached, OfficialRepository Seen);

/// <summary>
/// Repositories of every kind that official clients write, each made once: those of old releases from the archive of samples, the others on
/// the spot by <c>features.mjs</c>.
/// </summary>
public sealed class PeerRepositories : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentDictionary<string, Lazy<PeerRepository>> _made = new();

    /// <summary>
    /// A theory's data: the kinds, how many virtual chunks each has over all of its commits, and how many of these lead to what is not there or
    /// nobody may read.
    /// </summary>
    public static TheoryData<string, int, int> Kinds => new()
    {
        { "split-repo-v1", 0, 0 },
        { "test-repo-v1", 3, 3 },
        { "test-repo-v2", 3, 3 },
        { "split", 0, 0 },
        { "virtual", 1007, 3 },
        { "virtual-version1", 1007, 3 },
        { "version1", 0, 0 },
        { "rectilinear", 0, 0 },
        { "scalars", 0, 0 },
        { "nodes", 0, 0 },
        { "refs", 0, 0 },
        { "mixed", 0, 0 },
        { "detached", 0, 0 },
        { "moved", 0, 0 },
    };

    /// <summary>The repository of a kind. Tests do not change it.</summary>
    public PeerRepository this[string kind] => _made.GetOrAdd(kind, name => new Lazy<PeerRepository>(() => Make(name, _folder[name]))).Value;

    /// <summary>Writes a repository of an old release.</summary>
    public static void Unpack(string sample, string folder)
    {
        foreach (var (key, content) in OfficialReleases.Of(sample))
        {
            var path = Path.Combine(folder, key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static PeerRepository Make(string kind, string folder)
    {
        IReadOnlyList<string> detached = [];
        if (OfficialReleases.Of(kind).Count > 0)
        {
            Unpack(kind, folder);
        }
        else
        {
            detached = OfficialClient.MakeFeature(folder, kind);
        }

        return new PeerRepository(folder, detached, OfficialClient.Dump(folder, detached));
    }
}
