using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>The changes of <c>repo</c> that concern a branch or a tag and make no commit (icechunk-format.md 9).</summary>
internal abstract class ReferenceChange : RepoChange
{
    private const string MainBranch = "main";

    private static void CheckName(string name, string what)
    {
        if (name.Length == 0 || name.Contains('\0'))
        {
            throw Invalid($"A {what} needs a name, without NUL characters.");
        }
    }

    private static void CheckCommit(References references, ObjectId12 snapshot)
    {
        if (!references.Contains(snapshot))
        {
            throw NotFound($"There is no commit {snapshot}.");
        }
    }

    private static void CheckFeature(References references, FeatureFlag flag, string what)
    {
        if (!references.Repo.IsEnabled(flag))
        {
            throw Invalid($"This repository forbids {what} (feature flag {(flag == FeatureFlag.CreateTag ? "create_tag" : "delete_tag")}).");
        }
    }

    internal sealed class CreateBranch(string name, ObjectId12 snapshot) : ReferenceChange
    {
        public override string Done => $"The branch '{name}' was created";

        public override bool IsInPlace(References references) => references.TryGetBranch(name, out var tip) && tip == snapshot;

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckName(name, "branch");
            CheckCommit(references, snapshot);
            if (references.TryGetBranch(name, out var tip))
            {
                throw Exists($"There is a branch '{name}' already, at {tip}.");
            }
        }

        public override void Apply(RepoInfoBuilder builder) => builder.CreateBranch(name, snapshot);
    }

    internal sealed class ResetBranch(string name, ObjectId12 snapshot, ObjectId12? expected) : ReferenceChange
    {
        public override string Done => $"The branch '{name}' was reset";

        public override bool IsInPlace(References references) => references.TryGetBranch(name, out var tip) && tip == snapshot;

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckCommit(references, snapshot);
            CheckTip(references, name, expected);
        }

        public override void Apply(RepoInfoBuilder builder) => builder.ResetBranch(name, snapshot);
    }

    internal sealed class DeleteBranch(string name, ObjectId12? expected) : ReferenceChange
    {
        public override string Done => $"The branch '{name}' was deleted";

        public override bool IsInPlace(References references) => !references.TryGetBranch(name, out _);

        public override void Check(References references)
        {
            CheckWritable(references);
            if (name == MainBranch)
            {
                throw Invalid("The branch 'main' cannot be deleted: every repository has it.");
            }

            CheckTip(references, name, expected);
        }

        public override void Apply(RepoInfoBuilder builder) => builder.DeleteBranch(name);
    }

    internal sealed class CreateTag(string name, ObjectId12 snapshot) : ReferenceChange
    {
        public override string Done => $"The tag '{name}' was created";

        public override bool IsInPlace(References references) => references.TryGetTag(name, out var tagged) && tagged == snapshot;

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckName(name, "tag");
            CheckCommit(references, snapshot);
            CheckFeature(references, FeatureFlag.CreateTag, "creating tags");
            if (references.TryGetTag(name, out var tagged))
            {
                throw Exists($"There is a tag '{name}' already, of {tagged}; a tag is never moved.");
            }

            if (references.IsDeletedTag(name))
            {
                throw Exists($"There was a tag '{name}', which was deleted: its name is never used again.");
            }
        }

        public override void Apply(RepoInfoBuilder builder) => builder.CreateTag(name, snapshot);
    }

    internal sealed class DeleteTag(string name) : ReferenceChange
    {
        public override string Done => $"The tag '{name}' was deleted";

        public override bool IsInPlace(References references) => references.IsDeletedTag(name);

        public override void Check(References references)
        {
            CheckWritable(references);
            CheckFeature(references, FeatureFlag.DeleteTag, "deleting tags");
            if (!references.TryGetTag(name, out _))
            {
                throw NotFound($"There is no tag '{name}'.");
            }
        }

        public override void Apply(RepoInfoBuilder builder) => builder.DeleteTag(name);
    }
}
