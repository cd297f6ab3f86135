using System.Text.Json.Nodes;
using ArraylakeFs.Sessions;
using ArraylakeFs.TestHarness;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What becomes of a session when others commit first: each row of <see cref="ConflictTable"/>, for each policy, with each kind of other writer.</summary>
public sealed class ConflictTableTests(ConflictTableTests.Official official) : IClassFixture<ConflictTableTests.Official>
{
    /// <summary>One official client for all rows.</summary>
    public sealed class Official : IDisposable
    {
        private OfficialServer? _server;

        internal OfficialServer Server => _server ??= new OfficialServer();

        public void Dispose() => _server?.Dispose();
    }

    public static TheoryData<string> Merging => [.. ConflictTable.Rows.Where(row => row.Conflicts.Length == 0).Select(row => row.Name)];

    public static TheoryData<string> Conflicting => [.. ConflictTable.Rows.Where(row => row.Conflicts.Length > 0 && !row.IsOfficialOnly).Select(row => row.Name)];

    public static TheoryData<string> ConflictingForOfficial => [.. ConflictTable.Rows.Where(row => row.Conflicts.Length > 0).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Merging))]
    public Task What_does_not_conflict_is_committed_on_top(string row) => MergeAsync(RowOf(row), Ours);

    [OfficialClientTheory]
    [MemberData(nameof(Merging))]
    public Task What_does_not_conflict_is_committed_on_top_of_the_official_client(string row) => MergeAsync(RowOf(row), Theirs);

    [Theory]
    [MemberData(nameof(Conflicting))]
    public Task What_conflicts_is_told_and_nothing_is_changed(string row) => FailAsync(RowOf(row), Ours);

    [OfficialClientTheory]
    [MemberData(nameof(ConflictingForOfficial))]
    public Task What_conflicts_with_the_official_client_is_told_and_nothing_is_changed(string row) => FailAsync(RowOf(row), Theirs);

    [Theory]
    [MemberData(nameof(Conflicting))]
    public Task With_ours_the_session_prevails(string row) => ResolveAsync(RowOf(row), "ours", Ours);

    [OfficialClientTheory]
    [MemberData(nameof(ConflictingForOfficial))]
    public Task With_ours_the_session_prevails_over_the_official_client(string row) => ResolveAsync(RowOf(row), "ours", Theirs);

    [Theory]
    [MemberData(nameof(Conflicting))]
    public Task With_theirs_the_session_gives_way_and_only_there(string row) => ResolveAsync(RowOf(row), "theirs", Ours);

    [OfficialClientTheory]
    [MemberData(nameof(ConflictingForOfficial))]
    public Task With_theirs_the_session_gives_way_to_the_official_client_and_only_there(string row) => ResolveAsync(RowOf(row), "theirs", Theirs);

    private static ConflictRow RowOf(string name) => ConflictTable.Rows.Single(row => row.Name == name);

    private static async Task<string> Ours(TestMount mount, Edit[] edits)
    {
        await using var other = await mount.SecondAsync();
        Make(other.Kernel, edits);
        return other.Commit("theirs");
    }

    private Task<string> Theirs(TestMount mount, Edit[] edits) =>
        Task.FromResult(official.Server.Commit(mount.Store.Local!.Root, edits.Select(edit => edit.Words)));

    private async Task MergeAsync(ConflictRow row, Func<TestMount, Edit[], Task<string>> commitTheirs)
    {
        await using var mount = await BaseAsync();
        Make(mount.Kernel, ConflictTable.EditsOf(row.OursDo));
        string theirs = await commitTheirs(mount, ConflictTable.EditsOf(row.TheirsDo));
        Assert.Equal("[]", mount.Conflicts["conflicts"]!.ToJsonString());
        Assert.Contains("nothing conflicts", mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        string id = mount.Commit("ours");
        Assert.Equal(theirs, mount.Kernel.ReadText($"commits/{id}/parent").Trim());
        await CheckAsync(mount, row.Ours);
    }

    private static async Task FailAsync(ConflictRow row, Func<TestMount, Edit[], Task<string>> commitTheirs)
    {
        await using var mount = await BaseAsync();
        Make(mount.Kernel, ConflictTable.EditsOf(row.OursDo));
        Make(mount.Kernel, [new("array", "extra", "ours")]);
        string theirs = await commitTheirs(mount, ConflictTable.EditsOf(row.TheirsDo));
        var (files, paths) = (mount.Kernel.Contents(Root()), mount.StatusPaths.Where(p => p.StartsWith("📝", StringComparison.Ordinal)).ToArray());
        string before = mount.Kernel.ReadText("checkout");
        foreach (string command in (string[])["commit", "rebase"])
        {
            Assert.Equal(Errno.Stale, mount.Kernel.Command(command, "fail"));
            Assert.Contains(theirs, mount.Error, StringComparison.Ordinal);
            Assert.Contains(row.Conflicts.Split(' ')[1], mount.Error, StringComparison.Ordinal);
        }

        await mount.ReopenAsync();
        var conflict = Assert.Single(mount.Conflicts["conflicts"]!.AsArray())!;
        Assert.Equal(row.Conflicts, $"{conflict["kind"]} {conflict["path"]}");
        Assert.Equal(theirs, (string?)conflict["theirs"]!["commit"]);
        Assert.Equal("theirs", (string?)conflict["theirs"]!["message"]);
        Assert.Contains((string)conflict["reason"]!, mount.Kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(files, mount.Kernel.Contents(Root()));
        Assert.Equal(paths, mount.StatusPaths.Where(p => p.StartsWith("📝", StringComparison.Ordinal)));
        Assert.Equal(before, mount.Kernel.ReadText("checkout"));
    }

    private async Task ResolveAsync(ConflictRow row, string policy, Func<TestMount, Edit[], Task<string>> commitTheirs)
    {
        await using var mount = await BaseAsync();
        Make(mount.Kernel, ConflictTable.EditsOf(row.OursDo));
        Make(mount.Kernel, [new("array", "extra", "ours")]);
        string theirs = await commitTheirs(mount, ConflictTable.EditsOf(row.TheirsDo));
        var errno = mount.Kernel.Command("rebase", policy);
        Assert.True(errno == Errno.None, mount.Error);
        string expected = (policy == "ours" ? row.Ours : row.Theirs) + " extra/0=ours";
        Check(mount.Kernel, expected);
        await mount.ReopenAsync();
        Check(mount.Kernel, expected);
        string id = mount.Commit("ours");
        Assert.Equal(theirs, mount.Kernel.ReadText($"commits/{id}/parent").Trim());
        await CheckAsync(mount, expected);
    }

    /// <summary>What is expected is there in the mount, in another one, and for the official client.</summary>
    private async Task CheckAsync(TestMount mount, string expected)
    {
        Check(mount.Kernel, expected);
        await using var other = await mount.SecondAsync();
        Check(other.Kernel, expected);
        Assert.Equal(0, (int)mount.Status["commits_behind"]!);
        Assert.DoesNotContain(mount.StatusPaths, p => !p.StartsWith("📎", StringComparison.Ordinal));
        if (Missing.OfficialClient is null)
        {
            var seen = official.Server.Dump(mount.Store.Local!.Root).Files;
            var committed = other.Kernel.Contents(Root());
            Assert.Equal(committed.Keys, seen.Keys.Order(StringComparer.Ordinal));
            Assert.All(committed, file => Assert.Equal(System.Text.Encoding.UTF8.GetString(file.Value).Split('\0')[0], seen[file.Key]));
        }
    }

    private static async Task<TestMount> BaseAsync()
    {
        var mount = await CreateAsync();
        Make(mount.Kernel,
        [
            new("group", "", "base"), new("group", "g", "base"), new("group", "h", "base"), new("group", "h/i", "base"), new("array", "a", "base"),
            new("array", "g/b", "base"), new("array", "h/i/d", "base"), new("array", "k", "base"), new("array", "p", "base"), new("resize", "p", "5"),
            new("array", "e", "base"), new("unchunks", "e"),
        ]);
        mount.Commit("base");
        return mount;
    }

    private static void Make(Kernel files, Edit[] edits)
    {
        foreach (var (what, path, text) in edits)
        {
            string document = Root($"{path}/zarr.json").Replace("//", "/", StringComparison.Ordinal);
            string chunk = Root(path.LastIndexOf('/') is var slash && slash > 0 ? $"{path[..slash]}/c{path[slash..]}" : path);
            switch (what)
            {
                case "group":
                    files.MakeDirectories(Root(path).TrimEnd('/'));
                    files.Write(document, Documents.Group(Attributes(text)));
                    break;
                case "array":
                    files.MakeDirectories(Root($"{path}/c"));
                    files.Write(document, Documents.Array("[3]", "[1]", attributes: Attributes(text)));
                    for (int i = 0; i < 3; i++)
                    {
                        files.Write(Root($"{path}/c/{i}"), Documents.Chunk(text));
                    }

                    break;
                case "attributes" or "resize" or "recode":
                    var json = JsonNode.Parse(files.ReadText(document))!;
                    json["attributes"] = what == "resize" ? json["attributes"]!.DeepClone() : new JsonObject { ["text"] = text };
                    json["shape"] = what == "resize" ? new JsonArray(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)) : json["shape"]?.DeepClone();
                    json["data_type"] = what == "recode" ? "int32" : json["data_type"]?.DeepClone();
                    json["fill_value"] = what == "recode" ? 0 : json["fill_value"]?.DeepClone();
                    files.Replace(document, System.Text.Encoding.UTF8.GetBytes(WithoutNulls((JsonObject)json).ToJsonString()));
                    break;
                case "chunk":
                    files.MakeDirectories(Path.GetDirectoryName(chunk)!);
                    files.Replace(chunk, Documents.Chunk(text));
                    break;
                case "unchunk":
                    Files.Check(files.Unlink(chunk), chunk);
                    break;
                case "unchunks":
                    files.RemoveTree(Root($"{path}/c"));
                    break;
                case "delete":
                    files.RemoveTree(Root(path));
                    break;
                case "move":
                    Files.Check(files.Rename(Root(path), Root(text)), path);
                    break;
                case "loose":
                    files.MakeDirectories(Path.GetDirectoryName(Root(path))!);
                    files.Write(Root(path), "loose");
                    break;
                default:
                    throw new ArgumentException(what);
            }
        }
    }

    private static JsonObject WithoutNulls(JsonObject json)
    {
        foreach (string name in json.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            json.Remove(name);
        }

        return json;
    }

    private static string Attributes(string text) => $$"""{"text":"{{text}}"}""";

    private static void Check(Kernel files, string expected)
    {
        foreach (string line in expected.Split(' '))
        {
            var (path, text) = line.Split('=') is [var p, var t] ? (p, t) : (line.TrimStart('!'), null);
            bool isChunk = char.IsDigit(path[^1]);
            string file = isChunk ? Root(path.Insert(path.LastIndexOf('/'), "/c")) : Root($"{path}/zarr.json");
            Assert.True(files.Exists(isChunk ? file : Root(path)) == !line.StartsWith('!'), $"{line}: {string.Join(' ', files.Contents(Root()).Keys)}");
            if (text is not null)
            {
                string content = files.ReadText(file);
                Assert.True(text == (isChunk ? content.Split('\0')[0] : (string?)JsonNode.Parse(content)!["attributes"]!["text"]), $"{line}: {content[..Math.Min(200, content.Length)]}");
            }
        }
    }
}
