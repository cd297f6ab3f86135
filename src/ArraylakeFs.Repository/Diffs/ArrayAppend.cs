namespace ArraylakeFs.Repository;

/// <summary>
/// A change that only adds to the end of an array: it grew along one dimension, kept the others and all that decides what its chunks mean,
/// lost no chunk, and got new ones behind its former end alone. A last chunk that the former end lies within counts as behind it, because
/// what is appended must be written into it; whether its former elements stayed cannot be told from references.
/// </summary>
/// <param name="Axis">The dimension.</param>
/// <param name="DimensionName">Its name; null if it has none.</param>
/// <param name="Elements">By how many elements it is longer.</param>
public sealed record ArrayAppend(int Axis, string? DimensionName, ulong Elements)
{
    private static readonly string[] _meaning = ["chunk_grid", "codecs", "data_type", "fill_value"];

    /// <summary>The append that a change is; null if it is none.</summary>
    internal static ArrayAppend? Find(NodeVersion before, NodeVersion after, DocumentDiff? document, TouchedChunks? written, TouchedChunks? deleted)
    {
        if (document is null || written is null || deleted is not null || document.Members.Any(member => _meaning.Contains(member.Name))
            || before.Array is not { } old || after.Array is not { } now || old.Rank != now.Rank || now.Grid.ChunkShape is not { } chunk)
        {
            return null;
        }

        var axes = Enumerable.Range(0, now.Rank).Where(i => old.Shape[i] != now.Shape[i]).ToList();
        if (axes is not [var axis] || old.Shape[axis] > now.Shape[axis] || chunk[axis] == 0 || written.Box.Count != now.Rank)
        {
            return null;
        }

        return written.Box[axis].From >= old.Shape[axis] / chunk[axis]
            ? new ArrayAppend(axis, now.DimensionNames is { } names && axis < names.Length ? names[axis] : null, now.Shape[axis] - old.Shape[axis])
            : null;
    }
}
