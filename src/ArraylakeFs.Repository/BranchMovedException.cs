using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>A commit's base is no longer the tip of its branch: someone else committed. Nothing was changed.</summary>
public sealed class BranchMovedException : Exception
{
    /// <summary><paramref name="branch"/> is at <paramref name="tip"/> and not at <paramref name="expected"/>.</summary>
    public BranchMovedException(string branch, ObjectId12 expected, ObjectId12 tip)
        : base($"The branch '{branch}' has moved from {expected} to {tip}.")
    {
        Branch = branch;
        Tip = tip;
    }

    /// <summary>The branch.</summary>
    public string Branch { get; }

    /// <summary>Where it is now.</summary>
    public ObjectId12 Tip { get; }
}
