using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Storage;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>What to import, and where to.</summary>
/// <param name="Folder">A directory that holds a Zarr hierarchy of v2 or v3.</param>
/// <param name="Path">The path of its root in the repository: <c>/</c>, <c>/a/b</c>. Nothing may be there; groups above it are made.</param>
/// <param name="Branch">The branch to commit on.</param>
/// <param name="Message">The commit message.</param>
/// <param name="Metadata">The commit's metadata.</param>
public sealed record ImportRequest(string Folder, string Path, string Branch, string Message, JsonObject Metadata);

/// <summary>What was imported.</summary>
/// <param name="Commit">The new commit.</param>
/// <param name="Groups">Groups made.</param>
/// <param name="Arrays">Arrays made.</param>
/// <param name="Chunks">Chunks copied.</param>
/// <param name="Bytes">Bytes of these.</param>
/// <param name="SkippedCount">Files that are no part of the hierarchy and were left where they are.</param>
/// <param name="Skipped">The first of their names, relative to the directory.</param>
public sealed record ImportSummary(
    ObjectId12 Commit, int Groups, int Arrays, long Chunks, long Bytes, long SkippedCount, IReadOnlyList<string> Skipped);

/// <summary>
/// Takes a Zarr directory into a repository as one commit. The bytes of chunks and of v3 documents stay what they are; v2 documents
/// become v3 documents. Everything that can be refused is refused before the first byte is copied, and a failure leaves no chunk behind.
/// </summary>
public static class DirectoryImport
{
    private const int CommitAttempts = 20;

    /// <summary>Imports.</summary>
    /// <exception cref="RepositoryException">The directory, the path or the branch does not allow it.</exception>
    /// <exception cref="StorageException">Something cannot be read or written.</exception>
    public static async Task<ImportSummary> RunAsync(
        ZarrRepository repository, ImportRequest request, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        if (request.Path != NodePath.Root && NodePath.Problem(request.Path) is { } problem)
        {
            throw new RepositoryException(RepositoryErrorKind.Invalid, $"Nothing can be imported to {request.Path}: {problem}.");
        }

        var references = await repository.ReferencesAsync(cancellationToken);
        var @base = await CheckTargetAsync(repository, references, request, cancellationToken);
        var directory = ZarrDirectory.Scan(request.Folder, cancellationToken);
        CheckPaths(directory, request.Path);

        var counter = new TransferCounter(directory.ChunkCount, progress);
        var chunks = directory.Nodes.Select(node => new ChunkChange[node.Chunks.Count]).ToArray();
        var wasTold = false;
        using var heldOff = await repository.HoldOffHousekeepingAsync(cancellationToken); // chunk objects come before what refers to them
        try
        {
            var copy = new ChunkCopy(repository.Store, directory, references.InlineThresholdBytes, counter);
            await copy.RunAsync(chunks, cancellationToken);
            wasTold = true;
            var commit = await CommitAsync(repository, request, @base, directory, chunks);
            return new ImportSummary(
                commit,
                directory.Nodes.Count(node => node.Kind == NodeKind.Group),
                directory.Nodes.Count(node => node.Kind == NodeKind.Array),
                counter.Chunks,
                counter.Bytes,
                directory.SkippedCount,
                directory.Skipped);
        }
        catch (Exception failure) when (!wasTold || WasNotCommitted(failure))
        {
            await RemoveAsync(repository.Store, chunks);
            throw;
        }
    }

    /// <summary>Whether a commit that failed with this was surely not made. What was perhaps made keeps its chunks.</summary>
    private static bool WasNotCommitted(Exception failure) => failure is RepositoryException { Kind: not RepositoryErrorKind.NotDurable };

    /// <summary>The branch's tip, if the import can go onto it.</summary>
    private static async Task<SnapshotView> CheckTargetAsync(
        ZarrRepository repository, References references, ImportRequest request, CancellationToken cancellationToken)
    {
        if (references.IsReadOnly)
        {
            throw new RepositoryException(
                RepositoryErrorKind.ReadOnly, $"The repository is read-only: {references.ReadOnlyReason ?? "it gives no reason"}.");
        }

        if (!references.TryGetBranch(request.Branch, out var tip))
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no branch '{request.Branch}'.");
        }

        var snapshot = await repository.SnapshotAsync(tip, cancellationToken);
        var prefix = request.Path == NodePath.Root ? request.Path : request.Path + "/";
        if (snapshot.Nodes.FirstOrDefault(node => node.Path == request.Path || node.Path.StartsWith(prefix, StringComparison.Ordinal)) is { } taken)
        {
            throw new RepositoryException(
                RepositoryErrorKind.Exists,
                $"Nothing is imported over what is there: the branch '{request.Branch}' has {taken.Path}. Name another path.");
        }

        for (var above = request.Path; above != NodePath.Root;)
        {
            above = NodePath.Parent(above);
            if (snapshot.FindNode(above) is { Kind: NodeKind.Array })
            {
                throw new RepositoryException(RepositoryErrorKind.Invalid, $"Nothing can be imported to {request.Path}: {above} is an array.");
            }
        }

        return snapshot;
    }

    private static void CheckPaths(ZarrDirectory directory, string target)
    {
        foreach (var node in directory.Nodes)
        {
            if (NodePath.Problem(Below(target, node.Path)) is { } problem)
            {
                throw new RepositoryException(RepositoryErrorKind.Invalid, $"{node.Path} cannot be imported: {problem}.");
            }
        }
    }

    private static async Task<ObjectId12> CommitAsync(
        ZarrRepository repository, ImportRequest request, SnapshotView @base, ZarrDirectory directory, ChunkChange[][] chunks)
    {
        for (var attempt = 1; ; attempt++)
        {
            var id = ObjectId12.New();
            try
            {
                var changes = Changes(request, @base, directory, chunks);
                // Once the chunks are there, the commit is a matter of moments: it is not worth losing them.
                var commit = new CommitRequest(request.Branch, @base.Id, id, request.Message, request.Metadata, changes);
                await repository.CommitAsync(commit, CancellationToken.None);
                return id;
            }
            catch (BranchMovedException) when (attempt < CommitAttempts)
            {
                // New nodes at a place where nothing is do not mind what others have done elsewhere.
                @base = await CheckTargetAsync(repository, await repository.ReferencesAsync(CancellationToken.None), request, CancellationToken.None);
            }
        }
    }

    private static ChangeSet Changes(ImportRequest request, SnapshotView @base, ZarrDirectory directory, ChunkChange[][] chunks)
    {
        var changes = new ChangeSet();
        var missing = new Stack<string>();
        for (var above = request.Path; above != NodePath.Root;)
        {
            above = NodePath.Parent(above);
            if (@base.FindNode(above) is null)
            {
                missing.Push(above);
            }
        }

        foreach (var group in missing)
        {
            changes.NewNodes.Add(new NewNode(ObjectId8.New(), group, NodeKind.Group, DirectoryNode.PlainGroup));
        }

        for (var i = 0; i < chunks.Length; i++)
        {
            var node = directory.Nodes[i];
            var id = ObjectId8.New();
            changes.NewNodes.Add(new NewNode(id, Below(request.Path, node.Path), node.Kind, node.Document));
            if (chunks[i].Length > 0)
            {
                changes.Chunks.Add(id, [.. chunks[i]]);
            }
        }

        return changes;
    }

    private static string Below(string target, string path) => target == NodePath.Root ? path : path == NodePath.Root ? target : target + path;

    /// <summary>Takes away what was copied. What cannot be taken away is garbage that gc finds.</summary>
    private static async Task RemoveAsync(IObjectStore store, ChunkChange[][] chunks)
    {
        foreach (var change in chunks.SelectMany(changes => changes))
        {
            if (change.Payload is ChunkPayload.Native native)
            {
                try
                {
                    await store.DeleteAsync(IcechunkPaths.Chunk(native.ChunkId), CancellationToken.None);
                }
                catch (StorageException)
                {
                    return;
                }
            }
        }
    }
}
