namespace ArraylakeFs.Icechunk;

/// <summary>A file of a repository is corrupt, or of a kind that this version cannot read.</summary>
public sealed class IcechunkFormatException : FormatException
{
    /// <summary><paramref name="problem"/> is a sentence without the file's name.</summary>
    public IcechunkFormatException(string fileName, string problem, bool isUnsupported = false, Exception? inner = null)
        : base($"{fileName}: {problem}", inner)
    {
        FileName = fileName;
        IsUnsupported = isUnsupported;
    }

    /// <summary>The file concerned, as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>True when the file may be sound but needs another version of this program; false when it is corrupt.</summary>
    public bool IsUnsupported { get; }
}
