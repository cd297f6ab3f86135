using System.Text.Json;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Branches and tags that both sides change in turn are the same to both, and so are refusals; the operations log tells of all.</summary>
public sealed class ReferenceTests : IDisposable
{
    private static readonly string[] _kinds = ["create branch", "reset branch", "delete branch", "create tag", "delete tag", "commit"];
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);
    private static readonly string[] _names = ["main", "dev", "feature/one", "..", "Ozean 🌊", "50%"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed record Answer(bool[] Done, Dictionary<string, string> Branches, Dictionary<string, string> Tags);

    private sealed record Change(string Kind, string Name, string Commit);

    [OfficialClientFact]
    public async Task Branches_and_tags_that_both_sides_change_are_the_same_to_both()
    {
        var seed = Random.Shared.Next();
        try
        {
            await CheckAsync(_folder["repo"], new Random(seed), rounds: 6, changesEach: 12);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
        }
    }

    private static async Task CheckAsync(string folder, Random random, int rounds, int changesEach)
    {
        await using var store = new LocalObjectStore(folder);
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        var model = new Model(ObjectId12.InitialSnapshot.ToString());
        for (var round = 0; round < rounds; round++)
        {
            var ours = Changes(random, model, changesEach, withCommits: false);
            foreach (var change in ours)
            {
                Assert.Equal((change, model.Apply(change)), (change, await IsMadeAsync(repository, change)));
            }

            await AssertSameAsync(model, repository);
            var theirs = Changes(random, model, changesEach, withCommits: true);
            var answer = Officially(folder, theirs);
            var references = await repository.ReferencesAsync(default);
            model.TakeCommits(references);
            for (var i = 0; i < theirs.Length; i++)
            {
                Assert.Equal((theirs[i], model.Apply(theirs[i])), (theirs[i], answer.Done[i]));
            }

            model.TakeTips(references);
            await AssertSameAsync(model, repository);
            AssertSame(model, answer);
        }

        // Both go on with commits, and the log of operations has every change of both, in order.
        OfficialClient.Commit(folder, "main", "theirs");
        model.Log.Add((RepoUpdateKind.NewCommit, "main"));
        await RepositoryView.AssertBothAgreeAsync(folder);
        var operations = new List<(RepoUpdateKind, string?)>();
        await foreach (var operation in repository.OperationsAsync(default))
        {
            operations.Add((operation.Kind, operation.Name));
        }

        operations.Reverse();
        Assert.Equal(model.Log, operations);
    }

    private static Change[] Changes(Random random, Model model, int count, bool withCommits) =>
    [
        .. Enumerable.Range(0, count).Select(_ => new Change(
            _kinds[random.Next(withCommits ? _kinds.Length : _kinds.Length - 1)], _names[random.Next(_names.Length)],
            random.Next(10) == 0 ? ObjectId12.New().ToString() : model.Commits[random.Next(model.Commits.Count)])),
    ];

    private static Answer Officially(string folder, Change[] changes) => JsonSerializer.Deserialize<Answer>(
        OfficialClient.RunScript("references.mjs", folder, JsonSerializer.Serialize(changes.Select(c => new[] { c.Kind, c.Name, c.Commit }))).Succeed(), _json)!;

    private static async Task<bool> IsMadeAsync(ZarrRepository repository, Change change)
    {
        Assert.True(ObjectId12.TryParse(change.Commit, out var commit));
        try
        {
            await (change.Kind switch
            {
                "create branch" => repository.CreateBranchAsync(change.Name, commit, default),
                "reset branch" => repository.ResetBranchAsync(change.Name, commit, null, default),
                "delete branch" => repository.DeleteBranchAsync(change.Name, null, default),
                "create tag" => repository.CreateTagAsync(change.Name, commit, default),
                _ => repository.DeleteTagAsync(change.Name, default),
            });
            return true;
        }
        catch (RepositoryException)
        {
            return false;
        }
    }

    private static async Task AssertSameAsync(Model model, ZarrRepository repository)
    {
        var references = await repository.ReferencesAsync(default);
        Assert.Equal(model.Branches, references.Branches.ToDictionary(b => b.Name, b => b.Snapshot.ToString()));
        Assert.Equal(model.Tags, references.Tags.ToDictionary(t => t.Name, t => t.Snapshot.ToString()));
    }

    private static void AssertSame(Model model, Answer answer)
    {
        Assert.Equal(model.Branches, answer.Branches);
        Assert.Equal(model.Tags, answer.Tags);
    }

    /// <summary>What the rules say.</summary>
    private sealed class Model(string initial)
    {
        private readonly HashSet<string> _deletedTags = [];
        private readonly HashSet<string> _committed = [];

        public Dictionary<string, string> Branches { get; } = new() { ["main"] = initial };

        public Dictionary<string, string> Tags { get; } = [];

        public List<string> Commits { get; } = [initial];

        public List<(RepoUpdateKind, string?)> Log { get; } = [(RepoUpdateKind.RepoInitialized, null)];

        public bool Apply(Change change)
        {
            var (kind, name, commit) = change;
            var isKnown = Commits.Contains(commit);
            return kind switch
            {
                "create branch" => isKnown && Branches.TryAdd(name, commit) && Logged(RepoUpdateKind.BranchCreated),
                "reset branch" => isKnown && Branches.ContainsKey(name) && Set(name, commit) && Logged(RepoUpdateKind.BranchReset),
                "delete branch" => name != "main" && Branches.Remove(name) && Moved(name) && Logged(RepoUpdateKind.BranchDeleted),
                "create tag" => isKnown && !_deletedTags.Contains(name) && Tags.TryAdd(name, commit) && Logged(RepoUpdateKind.TagCreated),
                "delete tag" => Tags.Remove(name) && _deletedTags.Add(name) && Logged(RepoUpdateKind.TagDeleted),
                _ => Branches.ContainsKey(name) && (_committed.Add(name) || true) && Logged(RepoUpdateKind.NewCommit),
            };

            bool Logged(RepoUpdateKind entry)
            {
                Log.Add((entry, name));
                return true;
            }
        }

        /// <summary>Commits may be named from now on.</summary>
        public void TakeCommits(References references) => Commits.AddRange(references.Commits.Select(c => c.Id.ToString()).Except(Commits));

        /// <summary>Branches that got commits are at ids which nobody could know before.</summary>
        public void TakeTips(References references)
        {
            foreach (var branch in references.Branches.Where(b => _committed.Contains(b.Name) && Branches.ContainsKey(b.Name)))
            {
                Branches[branch.Name] = branch.Snapshot.ToString();
            }

            _committed.Clear();
        }

        private bool Set(string name, string commit)
        {
            Branches[name] = commit;
            return Moved(name);
        }

        private bool Moved(string name)
        {
            _committed.Remove(name);
            return true;
        }
    }
}
