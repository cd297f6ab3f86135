using System.Globalization;
using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Sessions;
using ArraylakeFs.TestHarness;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>One of the mounts, and what the model says that it shows.</summary>
internal sealed class ModelWriter(string name, TestMount mount)
{
    public string Name => name;

    public TestMount Mount => mount;

    public string Branch { get; set; } = "main";

    public string Base { get; set; } = "";

    public ModelVersion Tree { get; set; } = new();
}

/// <summary>One random history, told to the repository and to the model.</summary>
internal sealed class VersionModelRun(OfficialServer official, Random random, List<string> trace, SortedDictionary<string, int> counts) : IAsyncDisposable
{
    private static readonly string[] _names = ["a", "b", "c", "d"];

    private readonly Dictionary<string, ModelVersion> _versions = [];
    private readonly Dictionary<string, string?> _parents = [];
    private readonly Dictionary<string, HashSet<string>> _changed = [];
    private readonly HashSet<string> _movers = [];
    private readonly SortedDictionary<string, string> _branches = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _tags = new(StringComparer.Ordinal);
    private readonly List<ModelWriter> _writers = [];
    private TestMount _owner = null!;
    private int _text;

    private string Repository => _owner.Store.Local!.Root;

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
        {
            await writer.Mount.DisposeAsync();
        }

        await _owner.DisposeAsync();
    }

    public async Task RunAsync(int steps)
    {
        _owner = await CreateAsync();
        _owner.Kernel.Write(Root("zarr.json"), Documents.Group());
        string first = _owner.Commit("first");
        (_branches["main"], _parents[first], _parents[ObjectId12.InitialSnapshot.ToString()]) = (first, ObjectId12.InitialSnapshot.ToString(), null);
        _versions[ObjectId12.InitialSnapshot.ToString()] = [];
        _changed[first] = [];
        _versions[first] = VersionOf(official.Versions(Repository, []).Versions[first]);
        foreach (string name in (string[])["A", "B"])
        {
            _writers.Add(new ModelWriter(name, await _owner.SecondAsync()) { Base = first, Tree = _versions[first].Copy() });
        }

        for (int step = 0; step < steps; step++)
        {
            await StepAsync(_writers[random.Next(_writers.Count)]);
        }
    }

    private async Task StepAsync(ModelWriter writer)
    {
        switch (random.Next(40))
        {
            case < 18:
                Edit(writer);
                break;
            case < 28:
                Commit(writer);
                break;
            case < 30:
                Amend(writer);
                break;
            case < 32:
                OfficialCommit();
                break;
            case 32:
                await ChangeReferencesAsync();
                break;
            case < 35:
                Checkout(writer);
                break;
            case 35 or 36:
                Note(writer, "reopen");
                await writer.Mount.ReopenAsync();
                Follow(writer);
                break;
            case 37 or 38:
                Note(writer, "crash");
                await writer.Mount.CrashOfSessionAsync();
                Follow(writer);
                break;
            default:
                Note(writer, "discard");
                Files.Check(writer.Mount.Kernel.Command("discard", "all"), "discard");
                Show(writer, writer.Base);
                break;
        }

        foreach (var each in _writers)
        {
            Assert.Equal(each.Tree.Files(), FilesOf(each.Mount.Kernel));
        }
    }

    private void Note(ModelWriter? writer, string what, string details = "")
    {
        counts[what] = counts.GetValueOrDefault(what) + 1;
        trace.Add($"{writer?.Name ?? "-"} {what} {details}");
    }

    private static SortedDictionary<string, string> FilesOf(Kernel kernel) => new(
        kernel.Contents(Root()).ToDictionary(file => file.Key, file => Encoding.UTF8.GetString(file.Value).Split('\0')[0]), StringComparer.Ordinal);

    private static ModelVersion VersionOf(Dictionary<string, OfficialVersionNode> nodes)
    {
        var version = new ModelVersion();
        foreach (var (path, node) in nodes)
        {
            version.Add(path, new ModelNode(node.Id, node.Document, new SortedDictionary<string, string>(node.Chunks)));
        }

        return version;
    }

    private T Any<T>(IEnumerable<T> from) => from.ToList() is { Count: > 0 } list ? list[random.Next(list.Count)] : default!;

    private string NewText() => $"text{_text++}";

    private static string ArrayDocument(int length, string text) =>
        Encoding.UTF8.GetString(Documents.Array($"[{length}]", "[1]", attributes: $$"""{"text":"{{text}}"}"""));

    private static string GroupDocument(string text) => Encoding.UTF8.GetString(Documents.Group($$"""{"text":"{{text}}"}"""));

    /// <summary>One change in a mount's tree, made in the model too.</summary>
    private void Edit(ModelWriter writer)
    {
        var (tree, kernel) = (writer.Tree, writer.Mount.Kernel);
        string path = ModelVersion.Join(Any(tree.Groups), Any(_names));
        string? array = Any(tree.Arrays);
        string chunk = random.Next(4).ToString(CultureInfo.InvariantCulture);
        int what = random.Next(10);
        if (what < 3 && !tree.ContainsKey(path))
        {
            bool isArray = random.Next(3) > 0;
            int length = random.Next(2, 5);
            string document = isArray ? ArrayDocument(length, NewText()) : GroupDocument(NewText());
            kernel.MakeDirectories(Root(path));
            kernel.Write(Root($"{path}/zarr.json"), document);
            tree[path] = new ModelNode($"new{_text++}", document, []);
            Note(writer, "new", path);
        }
        else if (what < 7 && array is not null && int.Parse(chunk, CultureInfo.InvariantCulture) < tree[array].Length)
        {
            string text = NewText();
            kernel.MakeDirectories(Root($"{array}/c"));
            if (random.Next(4) > 0)
            {
                kernel.Replace(Root($"{array}/c/{chunk}"), Documents.Chunk(text, random.Next(2) == 0 ? 100 : 700));
                tree[array].Chunks[chunk] = text;
            }
            else if (tree[array].Chunks.Remove(chunk))
            {
                Files.Check(kernel.Unlink(Root($"{array}/c/{chunk}")), chunk);
            }

            Note(writer, "chunk", $"{array}/{chunk}");
        }
        else if (what == 7)
        {
            string node = Any(tree.Keys);
            int? length = tree[node].Length;
            int? newLength = length is null || random.Next(2) == 0 ? length : random.Next(1, 5);
            foreach (string outside in tree[node].Chunks.Keys.Where(key => int.Parse(key, CultureInfo.InvariantCulture) >= newLength).ToList())
            {
                Files.Check(kernel.Unlink(Root($"{node}/c/{outside}")), outside); // else they would stay, as loose files
                tree[node].Chunks.Remove(outside);
            }

            string document = newLength is { } l ? ArrayDocument(l, NewText()) : GroupDocument(NewText());
            kernel.Replace(Root(node.Length == 0 ? "zarr.json" : $"{node}/zarr.json"), Encoding.UTF8.GetBytes(document));
            tree[node] = tree[node] with { Document = document };
            Note(writer, "document", node);
        }
        else if (what == 8 && Any(tree.Keys.Where(key => key.Length > 0)) is { } gone)
        {
            kernel.RemoveTree(Root(gone));
            tree.Delete(gone);
            Note(writer, "delete", gone);
        }
        else if (what == 9 && Any(tree.Keys.Where(key => key.Length > 0)) is { } from && !tree.ContainsKey(path)
            && path != from && !path.StartsWith(from + "/", StringComparison.Ordinal))
        {
            Files.Check(kernel.Rename(Root(from), Root(path)), path);
            tree.Move(from, path);
            Note(writer, "move", $"{from} {path}");
        }
    }

    private void Commit(ModelWriter writer)
    {
        var (mount, @base) = (writer.Mount, _versions[writer.Base]);
        if (!_branches.TryGetValue(writer.Branch, out string? tip))
        {
            Assert.Equal(Errno.Stale, mount.Kernel.Command("commit", "gone"));
            return;
        }

        var changed = ModelMerge.Changed(@base, writer.Tree);
        if (changed.Count == 0)
        {
            return; // a change of everything and back may be one or none
        }

        bool isBehind = tip != writer.Base;
        var merged = isBehind ? ModelMerge.Of(@base, writer.Tree, _versions[tip]) : writer.Tree;
        var errno = mount.Kernel.Command("commit", $"by {writer.Name}");
        if (errno == Errno.None)
        {
            Assert.True(merged is not null, $"{writer.Name} committed over a conflict");
            Note(writer, isBehind ? "merge" : "commit", writer.Branch);
            Committed(writer, tip, merged);
            return;
        }

        if (errno == Errno.NoData && isBehind)
        {
            Assert.Equal(_versions[tip].Files(), merged?.Files()); // others have made the same change
            Show(writer, tip);
            return;
        }

        Assert.True(errno == Errno.Stale && isBehind, $"{errno}: {mount.Error}");
        Note(writer, "conflict", mount.Error.Split('\n')[1]);
        var (theirs, wasMoved) = Between(writer.Base, tip);
        Assert.True(merged is null || wasMoved || theirs.Overlaps(changed), $"nothing conflicts: {mount.Error}");
        string policy = Any(["ours", "theirs"]);
        Note(writer, policy);
        errno = mount.Kernel.Command("rebase", policy);
        if (errno == Errno.Invalid && policy == "theirs")
        {
            // What would have to be given up holds what was moved into it: the user is told to sort that out.
            Note(writer, "entangled", mount.Error);
            Files.Check(mount.Kernel.Command("discard", "all"), "discard");
            Files.Check(mount.Kernel.Command("checkout", writer.Branch), "checkout");
            Show(writer, tip);
            return;
        }

        Assert.True(errno == Errno.None, mount.Error);
        CommitResolved(writer, tip, policy, theirs, changed, merged is not null);
    }

    /// <summary>What a policy makes of a conflict is the business of other tests; here it must leave alone what did not conflict.</summary>
    private void CommitResolved(ModelWriter writer, string tip, string policy, HashSet<string> theirs, HashSet<string> ours, bool isMergeable)
    {
        var errno = writer.Mount.Kernel.Command("commit", $"{policy} by {writer.Name}");
        Assert.True(errno is Errno.None or Errno.NoData, writer.Mount.Error);
        if (writer.Mount.Loose.Length > 0)
        {
            // Chunks of theirs outside of an array that was made shorter here.
            Files.Check(writer.Mount.Kernel.Command("discard", "all"), "discard");
        }

        var files = FilesOf(writer.Mount.Kernel);
        string id = errno == Errno.None ? writer.Mount.Kernel.ReadText("commit").Trim() : tip;
        if (errno == Errno.None)
        {
            (_branches[writer.Branch], _parents[id]) = (id, tip);
        }

        CheckReferences();
        var result = _versions[id];
        var differing = result.Files().Except(files).Concat(files.Except(result.Files())).Select(file => $"{file.Key}: {file.Value}").ToList();
        Assert.True(differing.Count == 0, $"{policy}: the mount does not show what was committed ({errno}): {string.Join("; ", differing)}");
        foreach (var (path, node) in _versions[tip].Where(node => !ours.Contains(node.Value.Id) && isMergeable))
        {
            Assert.True(result.Values.Any(n => n.Id == node.Id && n.IsSame(node)), $"{path} was lost in {policy}");
        }

        NoteChange(id, tip);
        Show(writer, id);
    }

    private void Amend(ModelWriter writer)
    {
        if (_branches.GetValueOrDefault(writer.Branch) != writer.Base || _parents[writer.Base] is not { } parent)
        {
            Assert.NotEqual(Errno.None, writer.Mount.Kernel.Command("amend", ""));
            return;
        }

        Files.Check(writer.Mount.Kernel.Command("amend", $"amended by {writer.Name}"), "amend");
        Note(writer, "amend", writer.Branch);
        Committed(writer, parent, writer.Tree);
    }

    private void Committed(ModelWriter writer, string parent, ModelVersion expected)
    {
        string id = writer.Mount.Kernel.ReadText("commit").Trim();
        (_branches[writer.Branch], _parents[id]) = (id, parent);
        var known = _versions[writer.Base];
        CheckReferences();
        var seen = _versions[id];
        Assert.Equal(expected.Files(), seen.Files());
        foreach (var (path, node) in expected)
        {
            Assert.True(node.Id.StartsWith("new", StringComparison.Ordinal) || node.Id == seen[path].Id, $"{path} is another node than before");
            Assert.True(!node.Id.StartsWith("new", StringComparison.Ordinal) || known.PathOf(seen[path].Id) is null, $"{path} is no new node");
        }

        NoteChange(id, parent);
        Show(writer, id);
    }

    private void NoteChange(string id, string parent)
    {
        _changed[id] = ModelMerge.Changed(_versions[parent], _versions[id]);
        if (_versions[id].Any(node => _versions[parent].PathOf(node.Value.Id) is { } was && was != node.Key))
        {
            _movers.Add(id);
        }
    }

    /// <summary>What the commits from one to another changed, and whether any of them moved something.</summary>
    private (HashSet<string> Changed, bool WasMoved) Between(string from, string to)
    {
        var changed = ModelMerge.Changed(_versions[from], _versions[to]);
        bool wasMoved = _versions[to].Any(node => _versions[from].PathOf(node.Value.Id) is { } was && was != node.Key);
        for (string? id = to; id is not null && id != from; id = _parents[id])
        {
            changed.UnionWith(_changed.GetValueOrDefault(id) ?? []);
            wasMoved |= _movers.Contains(id);
        }

        return (changed, wasMoved);
    }

    private void OfficialCommit()
    {
        string parent = _branches["main"];
        var tree = _versions[parent].Copy();
        var edits = new List<string[]>();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            string path = ModelVersion.Join(Any(tree.Groups), Any(_names));
            if (random.Next(2) == 0 && !tree.ContainsKey(path))
            {
                tree[path] = new ModelNode("theirs", ArrayDocument(3, ""), []);
                edits.Add(["array", path, NewText()]);
            }
            else if (Any(tree.Arrays.Where(a => tree[a].Id != "theirs")) is { } array)
            {
                edits.Add(random.Next(3) switch
                {
                    0 => ["attributes", array, NewText()],
                    1 => ["delete", array, ""],
                    _ => ["chunk", $"{array}/0", NewText()],
                });
                tree.Delete(array);
            }
        }

        if (edits.Count == 0)
        {
            return;
        }

        Note(null, "official", string.Join("; ", edits.Select(edit => string.Join(' ', edit))));
        string id = official.Commit(Repository, edits);
        (_branches["main"], _parents[id]) = (id, parent);
        CheckReferences();
        NoteChange(id, parent);
        Assert.Equal(_versions[id].Files(), new SortedDictionary<string, string>(
            _owner.Kernel.Contents($"commits/{id}/root.zarr").ToDictionary(f => f.Key, f => Encoding.UTF8.GetString(f.Value).Split('\0')[0]), StringComparer.Ordinal));
    }

    private async Task ChangeReferencesAsync()
    {
        var repository = _owner.Repository;
        string commit = Any(_versions.Keys.Where(id => _versions[id].Count > 0)), branch = Any((string[])["dev", "test"]), tag = $"tag{random.Next(6)}";
        var id = ObjectId12.Parse(commit);
        switch (random.Next(4))
        {
            case 0 when !_branches.ContainsKey(branch):
                await repository.CreateBranchAsync(branch, id, default);
                _branches[branch] = commit;
                Note(null, "branch", branch);
                break;
            case 1 when _branches.Remove(branch):
                await repository.DeleteBranchAsync(branch, null, default);
                Note(null, "unbranch", branch);
                break;
            case 2 when !_tags.ContainsKey(tag):
                await repository.CreateTagAsync(tag, id, default);
                _tags[tag] = commit;
                Note(null, "tag", tag);
                break;
            default:
                string any = Any(_branches.Keys);
                await repository.ResetBranchAsync(any, id, null, default);
                _branches[any] = commit;
                Note(null, "reset", $"{any} {commit}");
                break;
        }

        CheckReferences();
    }

    private void Checkout(ModelWriter writer)
    {
        string branch = Any(_branches.Keys);
        bool isClean = (string)writer.Mount.Status["commit"]! is not null && writer.Mount.StatusPaths.Length == 0;
        bool isSame = branch == writer.Branch && _branches[branch] == writer.Base;
        var errno = writer.Mount.Kernel.Command("checkout", branch);
        Note(writer, "checkout", $"{branch}: {errno}");
        if (errno == Errno.None && (isClean || isSame))
        {
            writer.Branch = branch;
            if (!isSame)
            {
                Show(writer, _branches[branch]);
            }
        }
        else if (errno == Errno.None)
        {
            Assert.Equal(_branches[branch], writer.Base); // the changes come along
            writer.Branch = branch;
        }
        else
        {
            Assert.Equal(Errno.Busy, errno);
        }
    }

    /// <summary>A mount that is opened with nothing uncommitted goes to the tip of its branch.</summary>
    private void Follow(ModelWriter writer)
    {
        string shown = (string)writer.Mount.Status["commit"]!;
        if (shown != writer.Base)
        {
            Assert.Equal(_branches[writer.Branch], shown);
            Assert.Equal(_versions[writer.Base].Files(), writer.Tree.Files());
            Show(writer, shown);
        }
    }

    private void Show(ModelWriter writer, string commit) =>
        (writer.Base, writer.Tree) = (commit, _versions[commit].Copy());

    /// <summary>The official client sees the model's branches, tags and histories; and what it sees of new tips is learnt.</summary>
    private void CheckReferences()
    {
        var seen = official.Versions(Repository, _versions.Keys);
        Assert.Equal(_branches.Keys, seen.Branches.Keys.Order(StringComparer.Ordinal));
        foreach (var (branch, commits) in seen.Branches)
        {
            var expected = new List<string>();
            for (string? id = _branches[branch]; id is not null; id = _parents[id])
            {
                expected.Add(id);
            }

            Assert.Equal(expected, commits);
        }

        Assert.Equal(_tags, new SortedDictionary<string, string>(seen.Tags, StringComparer.Ordinal));
        foreach (var (id, nodes) in seen.Versions)
        {
            _versions[id] = VersionOf(nodes);
        }
    }
}
