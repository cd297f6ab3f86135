namespace ArraylakeFs.Storage;

/// <summary>What a key may be: relative, <c>/</c> between parts, and no name that a store keeps for itself.</summary>
public static class ObjectKey
{
    /// <summary>First part of everything of ours in a store that is not an object (locks, staged bytes).</summary>
    public const string PrivateDirectory = ".arraylakefs";

    /// <summary>Longest key, in characters. Ours have about 60; a path must stay below PATH_MAX with its root.</summary>
    public const int MaxLength = 1024;

    /// <summary>Throws <see cref="ArgumentException"/> with a sentence if <paramref name="key"/> cannot be a key.</summary>
    public static void Validate(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.Length is 0 or > MaxLength || key.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"A key has 1 to {MaxLength} characters and no NUL.", nameof(key));
        }

        var first = true;
        foreach (var range in key.AsSpan().Split('/'))
        {
            var part = key.AsSpan(range);
            if (part.IsEmpty || part is "." or ".." || IsTemporaryName(part) || (first && part.SequenceEqual(PrivateDirectory)))
            {
                throw new ArgumentException($"'{key}' cannot be a key: '{part}' is no name for an object or a part of one.", nameof(key));
            }

            first = false;
        }
    }

    /// <summary>Whether a file name is <c>…#digits</c>: an unfinished write of ours or of an official client, never an object.</summary>
    public static bool IsTemporaryName(ReadOnlySpan<char> name)
    {
        var digits = name[(name.LastIndexOf('#') + 1)..];
        return digits.Length < name.Length && !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }
}
