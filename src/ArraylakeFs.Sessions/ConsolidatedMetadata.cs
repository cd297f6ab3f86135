using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Keeps the copies of other documents that tools write into a group's <c>zarr.json</c> from lying: they stay as long as they say what the
/// documents say, and are cut out when one of these changes, and by a commit, because nobody who commits later would keep them right.
/// </summary>
public sealed class ConsolidatedMetadata(SessionTree tree)
{
    /// <summary>
    /// A document in the directory has changed, or a directory has come or gone. Whether some document has lost its copies: its name stands
    /// for another file then.
    /// </summary>
    public async ValueTask<bool> ChangedAsync(SessionDirectory directory)
    {
        bool hasCut = await CutAsync(directory, onlyIfWrong: true);
        for (var above = directory.Parent; above?.Parent is not null; above = above.Parent)
        {
            hasCut |= await CutAsync(above, onlyIfWrong: false);
        }

        return hasCut;
    }

    /// <summary>
    /// Another commit has come below, or a change is gone: cuts the copies that do not say any more what the documents say, committed ones
    /// too, out of those over documents of the session. The tree must be frozen, and is to be recorded.
    /// </summary>
    internal async ValueTask CutWrongAsync()
    {
        foreach (var directory in tree.DirectoriesOverChangedDocuments())
        {
            if (await ReadAsync(directory) is { } bytes && !await IsRightAsync(directory, bytes))
            {
                tree.PutUnrecorded(directory, NodeDocument.FileName, ConsolidatedV3.Without(bytes.Span));
            }
        }
    }

    /// <summary>
    /// Cuts the copies out of the documents that the session has changed, once these are committed: the commit does not hold them. Whether
    /// there were any. The tree must be frozen, and is to be recorded.
    /// </summary>
    internal async ValueTask<bool> CutCommittedAsync()
    {
        bool hasCut = false;
        foreach (var directory in tree.DirectoriesWith(NodeDocument.FileName))
        {
            if (await ReadAsync(directory) is { } bytes
                && !(directory.Origin is { IsChunks: false, Node: { } before } && before.Document.Span.SequenceEqual(bytes.Span)))
            {
                tree.PutUnrecorded(directory, NodeDocument.FileName, ConsolidatedV3.Without(bytes.Span));
                hasCut = true;
            }
        }

        return hasCut;
    }

    private async ValueTask<bool> CutAsync(SessionDirectory directory, bool onlyIfWrong)
    {
        while (true)
        {
            var stamp = tree.StampOf(directory); // first: what is cut is not to be older
            if (stamp is null || await ReadAsync(directory) is not { } bytes || (onlyIfWrong && await IsRightAsync(directory, bytes)))
            {
                return false;
            }

            byte[] without = ConsolidatedV3.Without(bytes.Span);
            if (await tree.PutFileAsync(directory, NodeDocument.FileName, without, () => tree.StampOf(directory) == stamp, CancellationToken.None) is not null)
            {
                return true;
            }
        }
    }

    /// <summary>A directory's document, if there are copies in it and nobody is writing it.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(SessionDirectory directory) =>
        await tree.ReadDocumentAsync(directory) is { } bytes && ConsolidatedV3.IsIn(bytes.Span) && tree.StampOf(directory) is not null
            ? bytes : default(ReadOnlyMemory<byte>?);

    private async ValueTask<bool> IsRightAsync(SessionDirectory directory, ReadOnlyMemory<byte> bytes)
    {
        var nodes = await NodesBelow.ListAsync(tree, directory);
        return ConsolidatedV3.SaysTheSame(bytes.Span, nodes.Select(node => (node.Path, node.Document)));
    }
}
