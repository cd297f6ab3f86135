using System.Text.Json.Nodes;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>What a session changed and what a commit changed, in <c>diff</c>, <c>status</c> and <c>commits/ID/changes</c>.</summary>
public sealed class DiffTests
{
    [Fact]
    public async Task A_session_and_the_commit_that_is_made_of_it_are_told_alike()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        AssertCommitTellsTheSame(mount, "");
        Zarr.WriteArray(kernel, "g/x", "[40]", "[10]", ["c/0", "c/1", "c/2", "c/3"]);
        Zarr.WriteArray(kernel, "g/y");
        Zarr.WriteArray(kernel, "shrinking", "[10]", "[1]", ["c/0", "c/4", "c/5", "c/9"]);
        Zarr.WriteArray(kernel, "renamed", "[2,2]", "[1,1]", ["c/0/0", "c/0/1", "c/1/1"]);
        Zarr.WriteArray(kernel, "replaced");
        AssertCommitTellsTheSame(mount, """
            + / (group)
            + /g (group)
            + /g/x (array): 4 chunks written at [0:40]
            + /g/y (array): 3 chunks written at [0:3]
            + /renamed (array): 3 chunks written at [0:2, 0:2]
            + /replaced (array): 3 chunks written at [0:3]
            + /shrinking (array): 4 chunks written at [0:10]

            """);

        Files.Check(kernel.Rename(Root("g"), Root("h")), "rename");
        kernel.Replace(Root("h/x/zarr.json"), Documents.Array("[55]", "[10]", attributes: """{"units":"K"}"""));
        kernel.Write(Root("h/x/c/4"), Documents.Chunk("4"));
        kernel.Write(Root("h/x/c/5"), Documents.Chunk("5", 20));
        kernel.Replace(Root("shrinking/zarr.json"), Documents.Array("[5]", "[1]"));
        Files.Check(kernel.Unlink(Root("shrinking/c/0")), "unlink");
        Files.Check(kernel.Rename(Root("renamed/c/1/1"), Root("renamed/c/1/0")), "rename");
        kernel.Replace(Root("zarr.json"), Documents.Group("""{"title":"Ocean"}"""));
        kernel.RemoveTree(Root("replaced"));
        Zarr.WriteArray(kernel, "replaced", keys: ["c/1"]);
        kernel.Write(Root("README"), "is loose, and no part of it");
        AssertCommitTellsTheSame(mount, """
            ~ / (group): attributes +title
            > /h (group with 2 nodes below, was /g)
            ~ /h/x (array, was /g/x): appended 15 elements along axis 0, shape (40,) → (55,), attributes +units, 2 chunks written at [40:55]
            ~ /renamed (array): 1 chunk written at [1:2, 0:1], 1 chunk deleted at [1:2, 1:2]
            - /replaced (array)
            + /replaced (array): 1 chunk written at [1:2]
            ~ /shrinking (array): shape (10,) → (5,), 3 chunks deleted at [0:10]

            """);

        kernel.Replace(Root("renamed/zarr.json"), Documents.Array("[2,2]", "[1,1]", "v2", "."));
        AssertCommitTellsTheSame(mount, """
            ~ /renamed (array): chunk_key_encoding changed, 3 chunks deleted at [0:2, 0:2]

            """);
    }

    [Fact]
    public async Task Status_tells_what_the_paths_alone_do_not()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        kernel.MakeDirectories(Root("empty"));
        kernel.Write(Root("empty/zarr.json"), Documents.Group());
        Assert.EndsWith("- 📝 zarr.json\nchanges by node\n  + /x (array): 3 chunks written at [0:3]\n", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Equal(["/", "/empty", "/x"], mount.Status["nodes"]!.AsArray().Select(node => (string)node!["path"]!));
        Assert.Equal(JsonNode.Parse(kernel.ReadText("diff.json"))!.ToJsonString(), mount.Status["nodes"]!.ToJsonString());
        for (int i = 0; i < 20; i++)
        {
            Zarr.WriteArray(kernel, $"y{i}");
        }

        Assert.EndsWith("  … and 1 more node: `diff` has them all\n", kernel.ReadText("status"), StringComparison.Ordinal);
        Assert.Contains("/y9 (array)", kernel.ReadText("diff"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_JSON_of_a_difference_has_members_that_programs_can_rely_on()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[5]", "[1]", attributes: """{"a":1}"""));
        kernel.Write(Root("x/c/4"), Documents.Chunk("4"));
        string id = mount.Commit();
        var node = Assert.Single(JsonNode.Parse(kernel.ReadText($"commits/{id}/changes.json"))!.AsArray());
        Assert.Equal(JsonNode.Parse("""
            {
              "path": "/x", "node_type": "array", "change": "modified", "old_path": null, "nodes_below": 0,
              "metadata_changed": true,
              "metadata": {
                "understood": true, "members": [{ "name": "shape", "from": [3], "to": [5] }],
                "attributes_added": ["a"], "attributes_removed": [], "attributes_changed": []
              },
              "chunks_written": 1, "chunks_deleted": 0,
              "written": { "chunks": [[4, 5]], "elements": [[4, 5]], "sample": [[4]] }, "deleted": null,
              "append": { "axis": 0, "dimension_name": null, "elements": 2 }
            }
            """)!.ToJsonString(), node!.ToJsonString());
    }

    [Fact]
    public async Task What_a_document_says_is_shown_on_one_line()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", keys: []);
        mount.Commit();
        string document = System.Text.Encoding.UTF8.GetString(Documents.Array(
            "[3]", "[1]", attributes: """{"a\nb":1,"k1":1,"k2":1,"k3":1,"k4":1,"k5":1,"k6":1,"k7":1,"k8":1,"k9":1}"""));
        kernel.Replace(Root("x/zarr.json"), System.Text.Encoding.UTF8.GetBytes(
            document.Replace("float32", "float64", StringComparison.Ordinal).Replace("\"NaN\"", "0", StringComparison.Ordinal)));
        Assert.Equal(
            "~ /x (array): data_type float32 → float64, fill_value NaN → 0, attributes +\"a\\nb\" +k1 +k2 +k3 +k4 +k5 +k6 +k7 and 2 more\n",
            kernel.ReadText("diff"));
        kernel.Replace(Root("x/zarr.json"), [.. Documents.Array("[3]", "[1]"), .. "\n"u8]);
        Assert.Equal("~ /x (array): zarr.json laid out anew\n", kernel.ReadText("diff"));
    }

    [Fact]
    public async Task The_changes_of_a_commit_are_read_like_a_control_file_and_never_written()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        string initial = kernel.ListNames("commits").Single();
        Assert.Equal(("", "[]\n"), (kernel.ReadText($"commits/{initial}/changes"), kernel.ReadText($"commits/{initial}/changes.json")));
        Zarr.WriteArray(kernel, "x");
        string id = mount.Commit();
        Assert.Equal(0, kernel.StatOf($"commits/{id}/changes").Size);
        Assert.Equal(Errno.ReadOnly, kernel.Open($"commits/{id}/changes", Access.Write, out _));
        Assert.Equal("+ / (group)\n+ /x (array): 3 chunks written at [0:3]\n", kernel.ReadText($"commits/{id}/changes"));
        Assert.Equal("", kernel.ReadText("diff"));

        // A manifest that is gone is named where it is missed.
        kernel.Write(Root("x/c/1"), Documents.Chunk("other"));
        string next = mount.Commit();
        await mount.ReopenAsync();
        await using var second = await mount.SecondAsync();
        var snapshot = await second.Repository.SnapshotAsync(ObjectId12.Parse(id), default);
        string manifest = snapshot.FindNode("/x")!.Manifests[0].Manifest.ToString();
        File.Delete(Path.Combine(mount.Store.Local!.Root, "manifests", manifest));
        Assert.Equal(Errno.InputOutput, second.Kernel.TryReadBytes($"commits/{next}/changes", out _));
        Assert.Contains(manifest, second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_changes_of_a_commit_need_no_transaction_log_and_are_those_since_its_parent()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("other"));
        var second = ObjectId12.Parse(mount.Commit());
        var amended = new CommitRequest("main", second, ObjectId12.New(), "both", [], new ChangeSet()) { Amends = true };
        amended.Changes.NewNodes.Add(new NewNode(ObjectId8.New(), "/g", ArraylakeFs.Zarr.NodeKind.Group, Documents.Group()));
        await mount.Repository.CommitAsync(amended, default);
        File.Delete(Path.Combine(mount.Store.Local!.Root, "transactions", $"{amended.NewSnapshot}"));
        Assert.Equal("+ /g (group)\n~ /x (array): 1 chunk written at [0:1]\n", kernel.ReadText($"commits/{amended.NewSnapshot}/changes"));
        Assert.Equal("~ /x (array): 1 chunk written at [0:1]\n", kernel.ReadText($"commits/{second}/changes"));
    }

    private static void AssertCommitTellsTheSame(TestMount mount, string expected)
    {
        var (text, json) = (mount.Kernel.ReadText("diff"), mount.Kernel.ReadText("diff.json"));
        Assert.Equal(expected.ReplaceLineEndings("\n"), text);
        if (text.Length > 0)
        {
            string id = mount.Commit();
            Assert.Equal(text, mount.Kernel.ReadText($"commits/{id}/changes"));
            Assert.Equal(json, mount.Kernel.ReadText($"commits/{id}/changes.json"));
        }

        Assert.Equal(("", "[]\n"), (mount.Kernel.ReadText("diff"), mount.Kernel.ReadText("diff.json")));
    }
}
