using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Sessions;

/// <summary>What uncommitted work refers to in its repository, so that nobody may delete it, reachable from a branch or tag or not.</summary>
/// <param name="Snapshots">Snapshots that a session stands on or shows a part of, with everything that they reach.</param>
/// <param name="Chunks">Objects below <c>chunks/</c>, also those that a commit under way is about to put there.</param>
public sealed record HeldObjects(IReadOnlySet<ObjectId12> Snapshots, IReadOnlySet<ObjectId12> Chunks)
{
    /// <summary>
    /// Of all sessions below <paramref name="root"/> that are of <paramref name="repository"/> (the name of its store), in use or not. EIO if
    /// a journal cannot be read: then nobody knows what it holds.
    /// </summary>
    public static HeldObjects Of(string root, string repository)
    {
        var (snapshots, chunks) = (new HashSet<ObjectId12>(), new HashSet<ObjectId12>());
        foreach (string folder in Directory.Exists(root) ? Directory.EnumerateDirectories(root) : [])
        {
            string path = Path.Combine(folder, Journal.FileName);
            if (!File.Exists(path))
            {
                continue;
            }

            using var journal = Journal.Open(path);
            journal.Record(j => Add(j, repository, snapshots, chunks)); // one transaction: the state of one moment
        }

        return new(snapshots, chunks);
    }

    private static void Add(Journal journal, string repository, HashSet<ObjectId12> snapshots, HashSet<ObjectId12> chunks)
    {
        var values = journal.ReadValues();
        if (values.GetValueOrDefault(Session.RepositoryKey) != repository)
        {
            return;
        }

        foreach (string key in (string[])[Session.BaseKey, Session.PendingKey])
        {
            if (ObjectId12.TryParse(values.GetValueOrDefault(key), out var snapshot))
            {
                snapshots.Add(snapshot);
            }
        }

        foreach (var row in journal.ReadNodes())
        {
            var (snapshot, chunk) = row.Origin is null ? default : Origin.Names(row.Origin);
            if (snapshot is { } shown)
            {
                snapshots.Add(shown);
            }

            if ((chunk ?? (ObjectId12.TryParse(row.Staged, out var staged) ? staged : null)) is { } held)
            {
                chunks.Add(held);
            }
        }
    }
}
