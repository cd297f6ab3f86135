using FsCheck;
using FsCheck.Fluent;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>
/// A repository as plain dictionaries beside the file that our builder makes of the same operations. Backups are kept, as a repository
/// keeps them.
/// </summary>
internal sealed class RepoModel
{
    private static readonly string[] Names = ["main", "a", "b", "é", "\U0001F9CA", "\uFFFD", ""];
    private readonly int _maxUpdates;
    private readonly Dictionary<string, ObjectId12> _branches = [];
    private readonly Dictionary<string, ObjectId12> _tags = [];
    private readonly HashSet<string> _deletedTags = [];
    private readonly Dictionary<ObjectId12, ObjectId12?> _parents = [];
    private readonly List<string> _log = [];
    private readonly Dictionary<string, byte[]> _backups = [];
    private byte[] _file;

    internal RepoModel(int maxUpdates)
    {
        _maxUpdates = maxUpdates;
        SnapshotWriter.InitialSnapshot(new Timestamp(1), out var initial);
        _file = RepoInfoBuilder.CreateRepository(initial, new Timestamp(1));
        _branches["main"] = initial.Id;
        _parents[initial.Id] = null;
        _log.Add("RepoInitialized ");
    }

    /// <summary>Sequences of operation code, name and which snapshot.</summary>
    internal static Arbitrary<(int Code, string Name, int Snapshot)[]> Operations { get; } = Gen.Choose(0, 6)
        .SelectMany(code => Gen.Elements(Names).SelectMany(name => Gen.Choose(0, 99).Select(snapshot => (code, name, snapshot))))
        .ListOf().Select(list => list.ToArray()).ToArbitrary();

    internal void Apply((int Code, string Name, int Snapshot) operation)
    {
        var (code, name, which) = operation;
        var snapshot = _parents.Keys.Order().ElementAt(which % _parents.Count);
        var added = ObjectId12.New();
        var (kind, isPossible, change) = code switch
        {
            0 or 6 => ("NewCommit", _branches.TryGetValue(name, out var tip), (Action<RepoInfoBuilder>)(b =>
                b.Commit(name, new SnapshotInfo(added, tip, new Timestamp((ulong)_log.Count), $"commit {_log.Count}", [], [])))),
            1 => ("BranchCreated", !_branches.ContainsKey(name), b => b.CreateBranch(name, snapshot)),
            2 => ("BranchReset", _branches.ContainsKey(name), b => b.ResetBranch(name, snapshot)),
            3 => ("BranchDeleted", name != "main" && _branches.ContainsKey(name), b => b.DeleteBranch(name)),
            4 => ("TagCreated", !_tags.ContainsKey(name) && !_deletedTags.Contains(name), b => b.CreateTag(name, snapshot)),
            _ => ("TagDeleted", _tags.ContainsKey(name), b => b.DeleteTag(name)),
        };
        var builder = new RepoInfoBuilder(RepoInfo.Decode("repo", _file));
        if (!isPossible)
        {
            Assert.Throws<InvalidOperationException>(() => change(builder));
            return;
        }
        change(builder);
        var backup = $"repo.{_backups.Count}";
        _backups.Add(backup, _file);
        _file = builder.Build(new Timestamp((ulong)_log.Count), backup, _maxUpdates);
        Record(code, name, snapshot, added);
        _log.Insert(0, $"{kind} {name}");
    }

    internal void Check()
    {
        FlatVerifier.Verify(_file, FileType.RepoInfo);
        var repo = RepoInfo.Decode("repo", _file);
        Assert.Equal(
            Text(_branches), Text(Enumerable.Range(0, repo.BranchCount).Select(repo.BranchAt).ToDictionary(r => r.Name, r => r.Snapshot)));
        Assert.Equal(Text(_tags), Text(Enumerable.Range(0, repo.TagCount).Select(repo.TagAt).ToDictionary(r => r.Name, r => r.Snapshot)));
        Assert.True(_deletedTags.SetEquals(repo.DeletedTags));
        foreach (var name in Names)
        {
            Assert.Equal(_branches.ContainsKey(name), repo.TryFindBranch(name, out var tip));
            Assert.Equal(_branches.GetValueOrDefault(name), tip);
            Assert.Equal(_tags.ContainsKey(name), repo.TryFindTag(name, out _));
        }
        Assert.Equal(_parents.Count, repo.SnapshotCount);
        foreach (var (id, parent) in _parents)
        {
            var position = repo.FindSnapshot(id);
            Assert.Equal((id, parent), (repo.SnapshotAt(position).Id, repo.SnapshotAt(position).Parent));
        }
        Assert.InRange(repo.UpdateCount, 1, _maxUpdates);
        Assert.Equal(_log, WholeLog(repo));
    }

    private void Record(int code, string name, ObjectId12 snapshot, ObjectId12 added)
    {
        switch (code)
        {
            case 0 or 6:
                _parents[added] = _branches[name];
                _branches[name] = added;
                break;
            case 1 or 2:
                _branches[name] = snapshot;
                break;
            case 3:
                _branches.Remove(name);
                break;
            case 4:
                _tags[name] = snapshot;
                break;
            default:
                _tags.Remove(name);
                _deletedTags.Add(name);
                break;
        }
    }

    /// <summary>The entries of the file and of the backups behind it; each entry's backup is where that entry is the newest.</summary>
    private List<string> WholeLog(RepoInfo repo)
    {
        var log = new List<string>();
        var last = new Timestamp(ulong.MaxValue);
        for (RepoInfo? file = repo; file is not null; file = Before(file))
        {
            for (var i = 0; i < file.UpdateCount; i++)
            {
                var update = file.UpdateAt(i);
                Assert.True(update.UpdatedAt < last, "strictly decreasing times");
                last = update.UpdatedAt;
                Assert.True(log.Count == 0 ? update.BackupPath is null : file != repo || update.BackupPath is not null);
                if (update.BackupPath is { } backup)
                {
                    Assert.Equal(update.UpdatedAt, RepoInfo.Decode(backup, _backups[backup]).UpdateAt(0).UpdatedAt);
                }
                log.Add($"{update.Kind} {update.Name}");
            }
        }
        return log;
    }

    private RepoInfo? Before(RepoInfo file) =>
        file.RepoBeforeUpdates is { } name ? RepoInfo.Decode(name, _backups[name]) : null;

    private static string Text(Dictionary<string, ObjectId12> refs) =>
        string.Join(' ', refs.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}={r.Value}"));
}
