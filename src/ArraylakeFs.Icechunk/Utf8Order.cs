namespace ArraylakeFs.Icechunk;

/// <summary>Texts in the order of their UTF-8 bytes, which differs from UTF-16's for characters beyond U+FFFF.</summary>
internal sealed class Utf8Order : IComparer<string>
{
    internal static Utf8Order Instance { get; } = new();

    public int Compare(string? x, string? y) =>
        StrictUtf8.GetBytes(x ?? "").AsSpan().SequenceCompareTo(StrictUtf8.GetBytes(y ?? ""));
}
