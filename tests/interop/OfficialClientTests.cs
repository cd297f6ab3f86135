using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>The peer that the other tests measure us by does and sees what they take for granted.</summary>
public sealed class OfficialClientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientFact]
    public void It_sees_the_repository_that_it_made()
    {
        var made = OfficialClient.Make(_folder["repo"]);
        var seen = OfficialClient.Dump(_folder["repo"]);
        Assert.Equal(["dev", "feature/one", "main"], seen.Branches.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["release/2026", "v1"], seen.Tags.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(made["second"], seen.Branches["main"]);
        Assert.Equal(made["afterMove"], seen.Branches["dev"]);
        Assert.Equal(made["first"], seen.Commits[made["second"]].Parent);
        var first = seen.Commits[made["first"]].Nodes;
        Assert.Equal(18, first.Count);
        Assert.Equal(8, first["/a/native"].Chunks.Count);
        Assert.Equal(1, first["/scalar"].Chunks[""].Size);
        Assert.Empty(first["/empty"].Chunks);
        Assert.Contains("/native", seen.Commits[made["moved"]].Nodes.Keys);
        Assert.DoesNotContain("/a/deep/mixed", seen.Commits[made["second"]].Nodes.Keys);
        Assert.DoesNotContain(made["amendedAway"], seen.Commits.Keys);
    }

    [OfficialClientFact]
    public void It_commits_on_top()
    {
        OfficialClient.Make(_folder["repo"], "rootless");
        var commit = OfficialClient.Commit(_folder["repo"], "main", "on top", "p/q/r/c/0", "hi");
        var seen = OfficialClient.Dump(_folder["repo"]);
        Assert.Equal(commit, seen.Branches["main"]);
        Assert.Equal("on top", seen.Commits[commit].Message);
        Assert.Equal(2, seen.Commits[commit].Nodes["/official"].Chunks.Count);
        Assert.Equal(2, seen.Commits[commit].Nodes["/p/q/r"].Chunks["0"].Size);
    }

    [OfficialClientFact]
    public void It_refuses_a_repository_that_is_broken()
    {
        OfficialClient.Make(_folder["repo"], "rootless");
        var file = Path.Combine(_folder["repo"], "repo");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..100]);
        Assert.Throws<CommandException>(() => OfficialClient.Dump(_folder["repo"]));
    }
}
