using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Verification;

/// <summary>Reads a manifest and compares it with what snapshots say of it; its chunks go to <see cref="ChunkCheck"/>.</summary>
internal sealed class ManifestCheck(IObjectStore store, ChunkCheck chunks, VerificationReport report)
{
    /// <summary>References whose chunks are looked at together: enough to keep all threads at work.</summary>
    private const int BatchSize = 4096;

    /// <summary>Checks a manifest.</summary>
    public async Task RunAsync(ObjectId12 id, UsedManifest used, CancellationToken cancellationToken)
    {
        var key = IcechunkPaths.Manifest(id);
        Manifest manifest;
        StoredObject file;
        try
        {
            (manifest, file) = await MetadataFiles.GetAsync(store, key, Manifest.Decode, cancellationToken);
            if (manifest.Id != id)
            {
                throw new RepositoryException(RepositoryErrorKind.Corrupt, $"the file says that it is the manifest {manifest.Id}.");
            }
        }
        catch (Exception failure) when (failure is RepositoryException or StorageException)
        {
            foreach (var use in used.Uses)
            {
                report.Add(Of(use, Severity.Error, key, RepositoryVerification.Problem(key, failure)));
            }

            return;
        }

        report.Manifests++;
        CheckDescriptions(key, manifest, file.Content.Length, used);
        foreach (var uses in used.Uses.GroupBy(use => use.Array))
        {
            await CheckArrayAsync(key, manifest, [.. uses], cancellationToken);
        }
    }

    private void CheckDescriptions(string key, Manifest manifest, int length, UsedManifest used)
    {
        foreach (var (sizeBytes, refCount, commit) in used.Descriptions)
        {
            // 0 means that the size is unknown, and that the whole object is read.
            if (sizeBytes != 0 && sizeBytes != (ulong)length)
            {
                var severity = sizeBytes < (ulong)length ? Severity.Error : Severity.Warning;
                report.Add(new Finding(severity, key, $"it has {length} bytes, and a snapshot says {sizeBytes}.") { Commit = commit, Commits = 1 });
            }

            if (refCount != manifest.RefCount)
            {
                report.Add(new Finding(Severity.Warning, key, $"it holds {manifest.RefCount} references, and a snapshot says {refCount}.")
                {
                    Commit = commit,
                    Commits = 1,
                });
            }
        }
    }

    private async Task CheckArrayAsync(string key, Manifest manifest, ManifestUse[] uses, CancellationToken cancellationToken)
    {
        if (!manifest.TryFindArray(uses[0].Array, out var refs))
        {
            report.Add(Of(uses[0], Severity.Warning, key, "it holds nothing of an array that uses it."));
            return;
        }

        var (outside, hidden) = (0L, new long[uses.Length]);
        var batch = new List<CheckedChunk>();
        for (var i = 0; i < refs.Count; i++)
        {
            var reference = refs[i];
            var coordinates = new uint[reference.Rank];
            reference.CopyCoordinates(coordinates);
            var isSeen = false;
            for (var u = 0; u < uses.Length; u++)
            {
                var use = uses[u];
                if (use.IsInGrid(coordinates))
                {
                    hidden[u] += use.IsInExtents(coordinates) ? 0 : 1;
                    if (!isSeen || uses.Take(u).All(other => other.Decoder != use.Decoder))
                    {
                        batch.Add(new CheckedChunk(use, coordinates, reference, IsFirst: !isSeen));
                    }

                    isSeen = true;
                }
            }

            outside += isSeen ? 0 : 1;
            if (batch.Count >= BatchSize)
            {
                await chunks.RunAsync(key, batch, cancellationToken);
                batch.Clear();
            }
        }

        await chunks.RunAsync(key, batch, cancellationToken);
        if (outside > 0)
        {
            report.Add(Of(uses[0], Severity.Warning, key, $"{outside} of its references lie outside of the array: nobody finds them."));
        }

        for (var u = 0; u < uses.Length; u++)
        {
            if (hidden[u] > 0)
            {
                report.Add(Of(uses[u], Severity.Error, key, $"{hidden[u]} of its references lie outside of the extents: nobody looks there."));
            }
        }
    }

    /// <summary>A finding that concerns the commits and the array of a use.</summary>
    internal static Finding Of(ManifestUse use, Severity severity, string key, string problem) =>
        new(severity, key, problem) { Commit = use.Commit, Commits = use.Commits, Path = use.Path };
}
