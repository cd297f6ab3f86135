using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>
/// One change of <c>repo</c>. It is considered anew on each version that others were faster to write, so it holds what is wanted and
/// not what was read.
/// </summary>
internal abstract class RepoChange
{
    /// <summary>What was done, for a sentence: <c>The commit ID was made</c>.</summary>
    public abstract string Done { get; }

    /// <summary>Whether the state is what is wanted, whoever brought it about.</summary>
    public abstract bool IsInPlace(References references);

    /// <summary>Whether being in place is proof enough that it was this change: a commit has an id that nobody else chooses.</summary>
    public virtual bool IsUnmistakable => false;

    /// <summary>Throws where the change is not possible: the sentence is for the user.</summary>
    public abstract void Check(References references);

    /// <summary>Makes the change on a version on which <see cref="Check"/> had no objection.</summary>
    public abstract void Apply(RepoInfoBuilder builder);

    /// <summary>No change is made of a read-only repository.</summary>
    protected static void CheckWritable(References references)
    {
        if (references.IsReadOnly)
        {
            throw new RepositoryException(
                RepositoryErrorKind.ReadOnly, $"The repository is read-only{(references.ReadOnlyReason is { Length: > 0 } reason ? $": {reason}" : ".")}");
        }
    }

    /// <summary>The branch's tip, which must be <paramref name="expected"/> unless that is null.</summary>
    protected static ObjectId12 CheckTip(References references, string branch, ObjectId12? expected)
    {
        if (!references.TryGetBranch(branch, out var tip))
        {
            throw NotFound($"There is no branch '{branch}'.");
        }

        return expected is null || tip == expected ? tip : throw new BranchMovedException(branch, expected.Value, tip);
    }

    protected static RepositoryException NotFound(string sentence) => new(RepositoryErrorKind.NotFound, sentence);

    protected static RepositoryException Exists(string sentence) => new(RepositoryErrorKind.Exists, sentence);

    protected static RepositoryException Invalid(string sentence) => new(RepositoryErrorKind.Invalid, sentence);

    /// <summary>A new snapshot on the tip of a branch.</summary>
    internal sealed class Commit(string branch, SnapshotInfo snapshot) : RepoChange
    {
        public override string Done => $"The commit {snapshot.Id} was made";

        public override bool IsUnmistakable => true;

        public override bool IsInPlace(References references) => references.TryGetBranch(branch, out var tip) && references.IsAncestor(snapshot.Id, tip);

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckTip(references, branch, snapshot.Parent!.Value);
        }

        public override void Apply(RepoInfoBuilder builder) => builder.Commit(branch, snapshot);
    }

    /// <summary>A snapshot that no branch holds.</summary>
    internal sealed class Detached(SnapshotInfo snapshot) : RepoChange
    {
        public override string Done => $"The commit {snapshot.Id} was kept";

        public override bool IsUnmistakable => true;

        public override bool IsInPlace(References references) => references.Contains(snapshot.Id);

        public override void Check(References references) => CheckWritable(references);

        public override void Apply(RepoInfoBuilder builder) => builder.AddDetached(snapshot);
    }

    /// <summary>A new snapshot in place of the tip of a branch, whose parent it has.</summary>
    internal sealed class Amend(string branch, ObjectId12 replaced, SnapshotInfo snapshot) : RepoChange
    {
        public override string Done => $"The commit {snapshot.Id} was made";

        public override bool IsUnmistakable => true;

        public override bool IsInPlace(References references) => references.TryGetBranch(branch, out var tip) && references.IsAncestor(snapshot.Id, tip);

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckTip(references, branch, replaced);
        }

        public override void Apply(RepoInfoBuilder builder) => builder.Amend(branch, replaced, snapshot);
    }
}
