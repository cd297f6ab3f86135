using System.Globalization;
using System.Text;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// The extended attributes of a chunk: what it is. They are read one by one and not listed, so that <c>cp -a</c> does not carry them along.
/// </summary>
internal static class ChunkAttributes
{
    private const string Prefix = "user.icechunk.";

    /// <summary><c>user.icechunk.kind</c>, <c>.chunk_id</c>, <c>.length</c> or <c>.location</c>; null if it has no such attribute.</summary>
    public static ReadOnlyMemory<byte>? Get(ChunkFacts? facts, ReadOnlySpan<char> name)
    {
        if (facts is null || !name.StartsWith(Prefix))
        {
            return null;
        }

        string? text = name[Prefix.Length..] switch
        {
            "kind" => facts.Kind,
            "chunk_id" => facts.ChunkId?.ToString(),
            "length" => facts.Length.ToString(CultureInfo.InvariantCulture),
            "location" => facts.Location,
            _ => null,
        };
        return text is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(text);
    }
}
