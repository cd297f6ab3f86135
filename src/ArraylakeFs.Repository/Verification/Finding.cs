using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository.Verification;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>Odd, or in the way of some operation; every chunk can be read.</summary>
    Warning,

    /// <summary>Something cannot be read, or would be read wrong.</summary>
    Error,
}

/// <summary>Something wrong with a repository.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="Object">The object concerned: <c>repo</c>, <c>chunks/ID</c>.</param>
/// <param name="Problem">What is wrong; a sentence without the object's name.</param>
public sealed record Finding(Severity Severity, string Object, string Problem)
{
    /// <summary>A commit that it concerns; null where it concerns none, or the repository as a whole.</summary>
    public ObjectId12? Commit { get; init; }

    /// <summary>The number of commits that it concerns.</summary>
    public int Commits { get; init; }

    /// <summary>The node concerned; null where it is none in particular.</summary>
    public string? Path { get; init; }

    /// <summary>The coordinates of the chunk concerned; null where it is none in particular.</summary>
    public IReadOnlyList<uint>? Chunk { get; init; }
}
