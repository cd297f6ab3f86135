using ArraylakeFs.Icechunk;

namespace ArraylakeFs.Repository;

/// <summary>The changes of <c>repo</c> that take commits out of it (icechunk-format.md 9).</summary>
internal abstract class HousekeepingChange : RepoChange
{
    public override void Check(References references) => CheckWritable(references);

    /// <summary>Takes out commits that nothing leads to, of those in <paramref name="old"/>.</summary>
    internal sealed class CollectGarbage(IReadOnlySet<ObjectId12> old, IReadOnlySet<ObjectId12> inUse) : HousekeepingChange
    {
        public override string Done => "Commits that nothing leads to were removed";

        /// <summary>How many there are in a version.</summary>
        public int CountIn(References references) => Find(references.Repo).Count;

        public override bool IsInPlace(References references) => CountIn(references) == 0;

        public override void Apply(RepoInfoBuilder builder) => builder.CollectGarbage(Find(builder.Previous));

        private HashSet<ObjectId12> Find(RepoInfo repo)
        {
            var found = UnreachableCommits.Of(repo, inUse);
            found.IntersectWith(old);
            return found;
        }
    }

    /// <summary>Takes old commits out of all histories.</summary>
    internal sealed class Expire(ExpirationRequest request, IReadOnlySet<ObjectId12> inUse) : HousekeepingChange
    {
        public override string Done => "Old commits expired";

        /// <summary>What was found in the version to which the change was applied last.</summary>
        public ExpirationPlan? Applied { get; private set; }

        public override bool IsInPlace(References references) => ExpirationPlan.For(references.Repo, request, inUse).IsEmpty;

        public override void Apply(RepoInfoBuilder builder)
        {
            Applied = ExpirationPlan.For(builder.Previous, request, inUse);
            builder.Expire(Applied.Released, Applied.Branches, Applied.Tags);
        }
    }
}
