using ArraylakeFs.Zarr;

namespace ArraylakeFs.Sessions;

// Files that were written and say what is committed in their place. They are no change, and over another commit they would take back what others did.
public sealed partial class SessionTree
{
    /// <summary>Drops them, so that what is below shows; whether there were any. Those that are open stay. The tree must be frozen.</summary>
    internal async ValueTask<bool> DiscardUnchangedAsync()
    {
        var unchanged = new List<(SessionDirectory Directory, string Name)>();
        await AddUnchangedAsync(Top, unchanged);
        if (unchanged.Count == 0)
        {
            return false;
        }

        DiscardFiles(unchanged);
        return true;
    }

    private async ValueTask AddUnchangedAsync(SessionDirectory directory, List<(SessionDirectory Directory, string Name)> unchanged)
    {
        foreach (var (name, node) in Changed(directory))
        {
            if (node is SessionDirectory below)
            {
                await AddUnchangedAsync(below, unchanged);
            }
            else if (node is SessionFile { Writers: 0, Handles: 0, Links: 1 } file && !V2Names.IsKept(name)
                && directory.Origin is { } origin && ReferenceEquals(origin.Tree, Base)
                && await origin.Tree.FindAsync(origin, name, CancellationToken.None) is { Content: { } committed }
                && (name == NodeDocument.FileName ? await IsSameDocumentAsync(directory, committed) : await IsSameAsync(file, committed)))
            {
                unchanged.Add((directory, name));
            }
        }
    }

    /// <summary>Whether a directory's document is what is committed, but for copies of others, which are never committed.</summary>
    private async ValueTask<bool> IsSameDocumentAsync(SessionDirectory directory, FileContent committed) =>
        await ReadDocumentAsync(directory) is { } bytes && committed is DocumentContent document
        && (document.Bytes.Span.SequenceEqual(bytes.Span) || document.Bytes.Span.SequenceEqual(ConsolidatedV3.Without(bytes.Span)));
}
