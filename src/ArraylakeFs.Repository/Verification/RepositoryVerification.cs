using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Verification;

/// <summary>What to verify.</summary>
/// <param name="From">Commits to begin with: these and all before them. Null means every commit that the repository knows.</param>
/// <param name="IsDeep">Whether every chunk is read and decoded.</param>
public sealed record VerificationOptions(IReadOnlyList<ObjectId12>? From = null, bool IsDeep = false);

/// <summary>How far a verification is.</summary>
/// <param name="Phase">What is looked at: <c>snapshots</c>, <c>chunks</c>.</param>
/// <param name="Done">How many of them.</param>
/// <param name="Total">Of how many.</param>
/// <param name="Bytes">Bytes of chunks read so far.</param>
public readonly record struct VerificationProgress(string Phase, long Done, long Total, long Bytes);

/// <summary>
/// Looks at every object that a repository leads to: <c>repo</c>, snapshots, transaction logs, manifests, chunks. Each is read once, whatever
/// the number of commits that share it. What is wrong becomes a finding, and the rest is looked at all the same.
/// </summary>
public static class RepositoryVerification
{
    /// <summary>Verifies. Nothing is changed.</summary>
    /// <exception cref="RepositoryException">There is no repository, or a commit to begin with is unknown.</exception>
    /// <exception cref="StorageException">The chunks cannot be listed.</exception>
    public static async Task<VerificationReport> RunAsync(
        IObjectStore store, VerificationOptions options, IProgress<VerificationProgress>? progress, CancellationToken cancellationToken)
    {
        var report = new VerificationReport();
        References references;
        try
        {
            references = (await CurrentReferences.GetAsync(store, cancellationToken)).Value;
        }
        catch (RepositoryException failure) when (failure.Kind == RepositoryErrorKind.Corrupt)
        {
            report.Add(new Finding(Severity.Error, IcechunkPaths.Repo, Problem(IcechunkPaths.Repo, failure)));
            return report;
        }

        if (references.Repo.RepoBeforeUpdates is { } before && await store.StatAsync(IcechunkPaths.Overwritten + before, cancellationToken) is null)
        {
            var problem = "the file is missing, in which the log of operations goes on.";
            report.Add(new Finding(Severity.Warning, IcechunkPaths.Overwritten + before, problem));
        }

        var commits = Commits(references, options.From);
        var walk = new SnapshotWalk(store, references, options.IsDeep, report);
        for (var i = 0; i < commits.Count; i++)
        {
            await walk.VisitAsync(commits[i], cancellationToken);
            progress?.Report(new VerificationProgress("snapshots", i + 1, commits.Count, 0));
        }

        var total = walk.Manifests.Values.Sum(manifest => manifest.ChunkRefCount);
        var chunks = new ChunkCheck(store, await ChunkObjects.ListAsync(store, cancellationToken), report, total, progress);
        var check = new ManifestCheck(store, chunks, report);
        foreach (var (id, manifest) in walk.Manifests)
        {
            await check.RunAsync(id, manifest, cancellationToken);
        }

        return report;
    }

    /// <summary>An exception's message without the object's name, which a finding has already.</summary>
    internal static string Problem(string key, Exception failure)
    {
        var message = failure.Message.StartsWith(key + ": ", StringComparison.Ordinal) ? failure.Message[(key.Length + 2)..] : failure.Message;
        return message.EndsWith('.') ? message : message + ".";
    }

    /// <summary>The commits, newest first.</summary>
    private static List<ObjectId12> Commits(References references, IReadOnlyList<ObjectId12>? from)
    {
        var repo = references.Repo;
        var positions = from is null
            ? Enumerable.Range(0, repo.SnapshotCount)
            : from.SelectMany(references.Ancestry).Select(commit => repo.FindSnapshot(commit.Id)).Distinct();
        return [.. positions.Select(repo.SnapshotAt).OrderByDescending(info => info.FlushedAt.Microseconds).Select(info => info.Id)];
    }
}
