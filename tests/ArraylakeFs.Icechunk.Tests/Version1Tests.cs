using System.Text;
using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>What only repositories of spec version 1 have: files of branches and tags, and a configuration in YAML.</summary>
public class Version1Tests
{
    [Theory]
    [InlineData("refs/branch.main/ref.json", Version1RefKind.Branch, "main")]
    [InlineData("refs/branch./ref.json", Version1RefKind.Branch, "")]
    [InlineData("refs/branch.../ref.json", Version1RefKind.Branch, "..")]
    [InlineData("refs/branch.it works!/ref.json", Version1RefKind.Branch, "it works!")]
    [InlineData("refs/branch.%C3%A9%F0%9F%A7%8A/ref.json", Version1RefKind.Branch, "é🧊")]
    [InlineData("refs/branch.a%252Fb/ref.json", Version1RefKind.Branch, "a%2Fb")]
    [InlineData("refs/branch.100%/ref.json", Version1RefKind.Branch, "100%")]
    [InlineData("refs/branch.%FF/ref.json", Version1RefKind.Branch, "%FF")]
    [InlineData("refs/branch.ref.json/ref.json", Version1RefKind.Branch, "ref.json")]
    [InlineData("refs/tag.v1/ref.json", Version1RefKind.Tag, "v1")]
    [InlineData("refs/tag.v1/ref.json.deleted", Version1RefKind.DeletedTag, "v1")]
    [InlineData("refs/branch.main/ref.json.deleted", null, null)]
    [InlineData("refs/branch.main/ref.json.tmp", null, null)]
    [InlineData("refs/branch.main/x/ref.json", null, null)]
    [InlineData("refs/other.main/ref.json", null, null)]
    [InlineData("refs/ref.json", null, null)]
    [InlineData("branch.main/ref.json", null, null)]
    public void A_ref_is_named_by_its_folder(string key, Version1RefKind? kind, string? name)
    {
        var parsed = Version1Ref.Parse(key);
        Assert.Equal(kind, parsed?.Kind);
        Assert.Equal(name, parsed?.Name);
    }

    [Theory]
    [InlineData("{\"snapshot\":\"BYJMXJ1CHYE86YSHESR0\"}", true)]
    [InlineData(" {\"other\":1,\"snapshot\":\"BYJMXJ1CHYE86YSHESR0\"}\n", true)]
    [InlineData("", false)]
    [InlineData("{}", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("{\"snapshot\":1}", false)]
    [InlineData("{\"snapshot\":null}", false)]
    [InlineData("{\"snapshot\":\"short\"}", false)]
    [InlineData("{\"snapshot\":\"BYJMXJ1CHYE86YSHESR0\"", false)]
    public void A_ref_names_a_snapshot_or_is_corrupt(string text, bool isSound)
    {
        var reference = Version1Ref.Parse("refs/branch.main/ref.json")!;
        if (isSound)
        {
            Assert.Equal("BYJMXJ1CHYE86YSHESR0", reference.ReadSnapshot(Encoding.UTF8.GetBytes(text)).ToString());
            return;
        }
        var error = Assert.Throws<IcechunkFormatException>(() => reference.ReadSnapshot(Encoding.UTF8.GetBytes(text)));
        Assert.StartsWith("refs/branch.main/ref.json: ", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Old releases named containers, with prefixes that are no URLs: only <c>s3://testbucket</c> could ever be used.</summary>
    [Fact]
    public void Virtual_chunk_containers_of_an_old_config_are_those_that_could_be_used()
    {
        var config = Version1Config.Read(Samples.Read("test-repo-v1", "config.yaml"));
        var expected = JsonNode.Parse("""
            {"virtual_chunk_containers":{"s3://testbucket/":{"name":"s3","url_prefix":"s3://testbucket/","store":{"s3_compatible":{
            "region":"us-east-1","endpoint_url":"http://localhost:4200","anonymous":false,"allow_http":true,"force_path_style":true}}}}}
            """);
        Assert.True(JsonNode.DeepEquals(expected, config), config?.ToJsonString());
        Assert.Null(Version1Config.Read(Samples.Read("split-repo-v1", "config.yaml")));
    }

    [Theory]
    [InlineData("", "null")]
    [InlineData("# nothing\n", "null")]
    [InlineData("a: {b: [1, -2, true, ~, null, 1.5, 'x', \"1\", 0x1]}", "{\"a\":{\"b\":[1,-2,true,null,null,\"1.5\",\"x\",\"1\",\"0x1\"]}}")]
    [InlineData(
        "- - !name_matches\n    regex: t_*\n  - - condition: !Axis 0\n", "[[{\"name_matches\":{\"regex\":\"t_*\"}},[{\"condition\":{\"Axis\":0}}]]]")]
    [InlineData("s: !local_file_system ''", "{\"s\":{\"local_file_system\":\"\"}}")]
    [InlineData("a: !azure {}", "{\"a\":{\"azure\":{}}}")]
    [InlineData("a: &x [1]\nb: *x\n", null)]
    [InlineData("a: [1", null)]
    [InlineData("{[1]: 2}", null)]
    [InlineData("a:\tb: c", null)]
    public void YAML_is_read_as_the_official_client_reads_it(string yaml, string? json)
    {
        var bytes = Encoding.UTF8.GetBytes(yaml);
        if (json is not null)
        {
            Assert.Equal(json, YamlValue.Read("config.yaml", bytes)?.ToJsonString() ?? "null");
            return;
        }
        Assert.StartsWith(
            "config.yaml: ", Assert.Throws<IcechunkFormatException>(() => YamlValue.Read("config.yaml", bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", 500_000)]
    [InlineData("- ", 5_000)]
    [InlineData("{a: ", 100_000)]
    public void Deep_YAML_is_refused_and_ends_nobody(string opening, int times)
    {
        var yaml = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(opening, times)));
        Assert.Throws<IcechunkFormatException>(() => YamlValue.Read("config.yaml", yaml));
    }

    [Fact]
    public void The_repo_file_of_a_gathered_repository_has_all_of_it()
    {
        var (root, child) = (new ObjectId12(new byte[12]), ObjectId12.New());
        SnapshotInfo[] commits =
        [
            new(child, root, new Timestamp(2), "second", MetadataItem.FromJson(new JsonObject { ["a"] = 1 }), []),
            new(root, null, new Timestamp(1), "first", [], []),
        ];
        var config = new JsonObject { ["virtual_chunk_containers"] = new JsonObject() };
        var file = new Version1Repository(commits, [new("main", child), new("🧊", root), new("é", root)], [new("v1", root)], ["gone"], config)
            .ToRepo(
                new RepoStatus(RepoAvailability.ReadOnly, new Timestamp(3), "why"),
                new RepoUpdate(RepoUpdateKind.RepoMigrated, new Timestamp(4)) { FromVersion = 1, ToVersion = 2 });
        FlatVerifier.Verify(file, FileType.RepoInfo);
        var repo = RepoInfo.Decode("repo", file);
        Assert.Equal(["main", "é", "🧊"], Enumerable.Range(0, repo.BranchCount).Select(i => repo.BranchAt(i).Name));
        Assert.True(repo.TryFindBranch("main", out var tip));
        Assert.Equal(child, tip);
        Assert.Equal(root, repo.SnapshotAt(repo.FindSnapshot(child)).Parent);
        Assert.Null(repo.SnapshotAt(repo.FindSnapshot(root)).Parent);
        Assert.True(repo.TryFindTag("v1", out _));
        Assert.Equal(["gone"], repo.DeletedTags);
        Assert.Equal("why", repo.Status.Reason);
        Assert.Equal(config.ToJsonString(), FlexBuffer.Read("repo", repo.Config.Span)!.ToJsonString());
        Assert.Equal(RepoUpdateKind.RepoMigrated, repo.UpdateAt(0).Kind);
    }
}
