using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>The commits that led to several versions, in one order.</summary>
public static class History
{
    /// <summary>
    /// The commits <paramref name="from"/> and all before them, each once, newest first; but whatever the clocks said, a commit stands before its
    /// parent.
    /// </summary>
    /// <exception cref="RepositoryException">There is no such commit.</exception>
    public static IEnumerable<CommitInfo> NewestFirst(References references, IEnumerable<ObjectId12> from)
    {
        var commits = new Dictionary<ObjectId12, CommitInfo>();
        foreach (var tip in from)
        {
            foreach (var commit in references.Ancestry(tip).TakeWhile(commit => !commits.ContainsKey(commit.Id)))
            {
                commits.Add(commit.Id, commit);
            }
        }

        var children = commits.Values.Where(commit => commit.Parent is not null).CountBy(commit => commit.Parent!.Value).ToDictionary();
        var ready = new PriorityQueue<CommitInfo, (long, string)>();
        foreach (var commit in commits.Values.Where(commit => !children.ContainsKey(commit.Id)))
        {
            Enqueue(commit);
        }

        while (ready.TryDequeue(out var next, out _))
        {
            yield return next;
            if (next.Parent is { } parent && commits.TryGetValue(parent, out var before) && --children[parent] == 0)
            {
                Enqueue(before);
            }
        }

        // Commits of the same moment in the order of their ids, so that the order is always the same.
        void Enqueue(CommitInfo commit) => ready.Enqueue(commit, (-commit.Time.UtcTicks, commit.Id.ToString()));
    }
}
