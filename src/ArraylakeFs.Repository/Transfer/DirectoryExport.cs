using ArraylakeFs.Icechunk;
using ArraylakeFs.Zarr;
using ArraylakeFs.Zarr.V2;

namespace ArraylakeFs.Repository.Transfer;

/// <summary>What to export, and where to.</summary>
/// <param name="Path">The path of the group or array that becomes the root: <c>/</c>, <c>/a/b</c>.</param>
/// <param name="Folder">The new directory. It may be there if it is empty.</param>
/// <param name="ZarrFormat">2 or 3.</param>
public sealed record ExportRequest(string Path, string Folder, int ZarrFormat);

/// <summary>What was exported.</summary>
public sealed record ExportSummary(int Groups, int Arrays, long Chunks, long Bytes);

/// <summary>
/// Writes a version as an ordinary Zarr directory. The bytes of chunks, and of v3 documents, are those of the repository. The directory
/// gets its name when it is complete: a failure leaves nothing behind.
/// </summary>
public static class DirectoryExport
{
    /// <summary>Exports.</summary>
    /// <exception cref="RepositoryException">There is no such node, or one that cannot be expressed in a directory of that format.</exception>
    /// <exception cref="Storage.StorageException">A chunk cannot be read.</exception>
    /// <exception cref="IOException">The directory cannot be written, or is not empty.</exception>
    public static async Task<ExportSummary> RunAsync(
        ZarrRepository repository, SnapshotView snapshot, ExportRequest request, IProgress<TransferProgress>? progress,
        CancellationToken cancellationToken)
    {
        var nodes = await NodesBelowAsync(snapshot, request, cancellationToken);
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Folder));
        CheckFree(folder);
        var total = 0L;
        foreach (var node in nodes.Where(node => node.Encoding is not null))
        {
            var chunks = await snapshot.ChunksAsync(node.Source, cancellationToken);
            total += chunks.Count;
        }

        var counter = new TransferCounter(total, progress);
        var unfinished = Path.Combine(Path.GetDirectoryName(folder)!, $".{Path.GetFileName(folder)}.arraylakefs-{ObjectId12.New()}");
        try
        {
            await new ExportWriter(repository, snapshot, unfinished, counter).RunAsync(nodes, cancellationToken);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder); // empty, or this fails
            }

            Directory.Move(unfinished, folder);
        }
        catch
        {
            Remove(unfinished);
            throw;
        }

        var arrays = nodes.Count(node => node.Source.Kind == NodeKind.Array);
        return new ExportSummary(nodes.Count - arrays, arrays, counter.Chunks, counter.Bytes);
    }

    private static async Task<List<ExportNode>> NodesBelowAsync(SnapshotView snapshot, ExportRequest request, CancellationToken cancellationToken)
    {
        if (snapshot.FindNode(request.Path) is null && request.Path != NodePath.Root)
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"There is no group or array {request.Path} in the commit {snapshot.Id}.");
        }

        var nodes = new List<ExportNode>();
        var prefix = request.Path == NodePath.Root ? request.Path : request.Path + "/";
        foreach (var node in snapshot.Nodes.Where(node => node.Path == request.Path || node.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (NodePath.Problem(node.Path) is { } problem)
            {
                throw Refused(node, problem);
            }

            var isComplete = request.ZarrFormat == 2 && await snapshot.HasAllChunksAsync(node, cancellationToken);
            nodes.Add(Describe(node, node.Path == request.Path ? "" : node.Path[(prefix.Length - 1)..], request.ZarrFormat, isComplete));
        }

        return nodes;
    }

    private static ExportNode Describe(Node node, string path, int format, bool isComplete)
    {
        if (node.Kind == NodeKind.Array && (node.Array is null || node.Array.Rank != node.Shape.Count))
        {
            var problem = node.DocumentError ?? "it has another number of dimensions than the snapshot says";
            throw Refused(node, $"its chunks cannot be named, for its document is not understood: {problem}");
        }

        if (format == 3)
        {
            return new ExportNode(node, path, node.Array?.KeyEncoding, [(NodeDocument.FileName, node.Document)]);
        }

        try
        {
            var v2 = V2Node.FromV3(node.Document.Span, isComplete);
            var encoding = node.Array?.KeyEncoding.ToV2();
            var documents = new List<(string, ReadOnlyMemory<byte>)> { (v2.FileName, v2.Document) };
            if (v2.Attributes is { } attributes)
            {
                documents.Add((V2Node.AttributesFileName, attributes));
            }

            return new ExportNode(node, path, encoding, documents);
        }
        catch (ZarrFormatException failure)
        {
            throw Refused(node, $"it cannot be written as Zarr v2: {failure.Message}");
        }
    }

    /// <summary>Before any work: the place must be free, and the folder above it there.</summary>
    private static void CheckFree(string folder)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new RepositoryException(
                RepositoryErrorKind.Exists, $"Nothing is exported over what is there: {folder} is not empty. Name another directory.");
        }

        if (Path.GetDirectoryName(folder) is not { } above || !Directory.Exists(above))
        {
            throw new RepositoryException(RepositoryErrorKind.NotFound, $"{folder} cannot be made, for there is no directory to make it in.");
        }
    }

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Why the export failed is what the user is to hear. What is left has a name that says what it is.
        }
    }

    private static RepositoryException Refused(Node node, string problem) =>
        new(RepositoryErrorKind.Invalid, $"{node.Path} cannot be exported: {problem}.");
}
