using System.Text;

namespace ArraylakeFs.FileSystem;

/// <summary>How long the name of a file may be.</summary>
internal static class FileNames
{
    /// <summary>NAME_MAX.</summary>
    public const int MaxBytes = 255;

    private const int MaxBytesOfChar = 3;

    /// <summary>Whether a name has more than <see cref="MaxBytes"/> in UTF-8.</summary>
    public static bool IsTooLong(ReadOnlySpan<char> name) => name.Length > MaxBytes / MaxBytesOfChar && Encoding.UTF8.GetByteCount(name) > MaxBytes;
}
