using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

/// <summary>
/// Keeps the copies of other documents that tools write into a group's <c>zarr.json</c> from lying: they stay as long as they say what the
/// documents say, and are cut out when one of these changes, and before a commit, because nobody who commits later would keep them right.
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

    /// <summary>Cuts the copies out of all documents that the session has written. Whether there were any.</summary>
    internal async ValueTask<bool> CutAllAsync()
    {
        bool hasCut = false;
        foreach (var directory in tree.DirectoriesWith(NodeDocument.FileName))
        {
            hasCut |= await CutAsync(directory, onlyIfWrong: false);
        }

        return hasCut;
    }

    private async ValueTask<bool> CutAsync(SessionDirectory directory, bool onlyIfWrong)
    {
        if (await tree.ReadDocumentAsync(directory) is not { } bytes || !ConsolidatedV3.IsIn(bytes.Span)
            || (tree.DocumentOf(directory).File is { } file && tree.IsBeingWritten(file)))
        {
            return false;
        }

        if (onlyIfWrong)
        {
            var nodes = await NodesBelow.ListAsync(tree, directory);
            if (ConsolidatedV3.SaysTheSame(bytes.Span, nodes.Select(node => (node.Path, node.Document))))
            {
                return false;
            }
        }

        await tree.PutFileAsync(directory, NodeDocument.FileName, ConsolidatedV3.Without(bytes.Span), CancellationToken.None);
        return true;
    }
}
