using System.Text.Json.Nodes;

namespace ArraylakeFs.Icechunk.Tests;

public class RepoInfoTests
{
    private static readonly Timestamp Now = new(1_800_000_000_000_000);

    [Fact]
    public void A_new_repository_has_one_branch_one_snapshot_and_one_log_entry()
    {
        SnapshotWriter.InitialSnapshot(Now, out var initial);
        var file = RepoInfoBuilder.CreateRepository(initial, Now);
        FlatVerifier.Verify(file, FileType.RepoInfo);
        var repo = RepoInfo.Decode("repo", file);
        Assert.Equal(2, repo.SpecVersion);
        Assert.Equal(new RepoRef("main", ObjectId12.InitialSnapshot), repo.BranchAt(0));
        Assert.Equal((1, 0, 1, 1), (repo.BranchCount, repo.TagCount, repo.SnapshotCount, repo.UpdateCount));
        Assert.Equal(-1, repo.ParentPositionAt(0));
        Assert.Equal(new RepoUpdate(RepoUpdateKind.RepoInitialized, Now), repo.UpdateAt(0));
        Assert.Equal(new RepoStatus(RepoAvailability.Online, Now, null), repo.Status);
        Assert.True(repo.Config.IsEmpty);
        Assert.Null(repo.RepoBeforeUpdates);
        Assert.Null(repo.EnabledFeatureFlags);
        Assert.True(repo.IsEnabled(FeatureFlag.CreateTag));
    }

    [Fact]
    public void A_commit_on_an_official_repository_keeps_everything_else()
    {
        var before = RepoInfo.Decode("repo", Samples.Read("test-repo-v2", "repo"));
        before.TryFindBranch("main", out var tip);
        var metadata = MetadataItem.FromJson(new JsonObject { ["author"] = "Ada" });
        for (var i = 0; i < 20; i++)
        {
            var added = new SnapshotInfo(ObjectId12.New(), tip, Now, "new 🧊", metadata, [ObjectId12.New()]);
            var builder = new RepoInfoBuilder(before);
            builder.Commit("main", added);
            var file = builder.Build(Now, "repo.BACKUP");
            FlatVerifier.Verify(file, FileType.RepoInfo);
            var after = RepoInfo.Decode("repo", file);

            var expected = SampleDump.Dump("repo", before);
            var snapshots = expected["snapshots"]!.AsArray();
            snapshots.Insert(~before.FindSnapshot(added.Id), new JsonObject
            {
                ["id"] = added.Id.ToString(),
                ["parent"] = tip.ToString(),
                ["flushed_at"] = Now.Microseconds,
                ["message"] = "new 🧊",
                ["metadata"] = new JsonObject { ["author"] = "Ada" },
            });
            expected["branches"]!["main"] = added.Id.ToString();
            expected["updates"]![0]!["backup"] = "repo.BACKUP";
            expected["updates"]!.AsArray().Insert(0, new JsonObject
            {
                ["kind"] = 10,
                ["at"] = Now.Microseconds,
                ["backup"] = null,
                ["name"] = "main",
                ["previous"] = null,
                ["new"] = added.Id.ToString(),
            });
            Assert.Equal(expected.ToJsonString(), SampleDump.Dump("repo", after).ToJsonString());
            Assert.Equal(before.Config.ToArray(), after.Config.ToArray());
            Assert.Equal(added.PrunedAncestors, after.SnapshotAt(after.FindSnapshot(added.Id)).PrunedAncestors);
        }
    }

    [Fact]
    public void Every_official_version_of_repo_survives_an_update_with_all_kinds_of_log_entries()
    {
        foreach (var (repository, path, _) in Samples.Files.Where(f => f.Type == FileType.RepoInfo))
        {
            var before = RepoInfo.Decode(path, Samples.Read(repository, path));
            var builder = new RepoInfoBuilder(before);
            builder.CreateBranch("zz", before.SnapshotIdAt(0));
            var file = builder.Build(Now, "b");
            FlatVerifier.Verify(file, FileType.RepoInfo);
            var after = SampleDump.Dump(path, RepoInfo.Decode(path, file));
            after["branches"]!.AsObject().Remove("zz");
            after["updates"]!.AsArray().RemoveAt(0);
            after["updates"]![0]!["backup"] = before.UpdateAt(0).BackupPath;
            Assert.Equal(SampleDump.Dump(path, before).ToJsonString(), after.ToJsonString());
        }
    }

    [Fact]
    public void Any_sequence_of_changes_agrees_with_a_plain_model_and_the_whole_log_is_found_through_the_backups()
    {
        Property.Check(RepoModel.Operations, operations =>
        {
            var model = new RepoModel(maxUpdates: 4);
            foreach (var operation in operations)
            {
                model.Apply(operation);
                model.Check();
            }
        }, count: 150);
    }

    [Fact]
    public void The_time_of_a_new_entry_is_after_the_newest_even_when_the_clock_is_behind()
    {
        var builder = new RepoInfoBuilder(Repo());
        builder.CreateTag("t", ObjectId12.InitialSnapshot);
        Assert.Equal(
            Now.Microseconds + 1, RepoInfo.Decode("repo", builder.Build(new Timestamp(5), "b")).UpdateAt(0).UpdatedAt.Microseconds);
    }

    [Fact]
    public void A_time_that_leaves_no_later_one_forbids_writing_instead_of_breaking_the_repository()
    {
        Assert.Throws<IcechunkFormatException>(() => RepoInfo.Decode("repo", RawRepo.Write([(10, ulong.MaxValue, null)])));
        Assert.Throws<IcechunkFormatException>(() => RepoInfo.Decode("repo", RawRepo.Write([(10, 1UL << 63, null)])));
        var last = RepoInfo.Decode("repo", RawRepo.Write([(10, long.MaxValue, null)]));
        var builder = new RepoInfoBuilder(last);
        builder.CreateBranch("b", last.SnapshotIdAt(0));
        Assert.Throws<IcechunkFormatException>(() => builder.Build(Now, "b"));
    }

    [Fact]
    public void Changes_that_are_not_possible_are_refused_with_a_sentence()
    {
        var unknown = ObjectId12.New();
        var known = ObjectId12.InitialSnapshot;
        Refused("There is no branch x", b => b.Commit("x", Info(unknown, known)));
        Refused("Branch main is at", b => b.Commit("main", Info(unknown, unknown)));
        Refused("Branch main is at", b => b.Commit("main", Info(unknown, null)));
        Refused("exists", b => b.Commit("main", Info(known, known)));
        Refused("There is no snapshot", b => b.CreateBranch("x", unknown));
        Refused("Branch main exists", b => b.CreateBranch("main", known));
        Refused("There is no branch x", b => b.ResetBranch("x", known));
        Refused("There is no snapshot", b => b.ResetBranch("main", unknown));
        Refused("cannot be deleted", b => b.DeleteBranch("main"));
        Refused("There is no branch x", b => b.DeleteBranch("x"));
        Refused("There is no snapshot", b => b.CreateTag("x", unknown));
        Refused("There is no tag x", b => b.DeleteTag("x"));
        Refused("one change", b =>
        {
            b.CreateBranch("x", known);
            b.CreateBranch("y", known);
        });
        Refused("No change", b => b.Build(Now, "b"));

        static SnapshotInfo Info(ObjectId12 id, ObjectId12? parent) => new(id, parent, Now, "", [], []);
        static void Refused(string text, Action<RepoInfoBuilder> change)
        {
            var error = Assert.Throws<InvalidOperationException>(() => change(new RepoInfoBuilder(Repo())));
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_forbidden_feature_is_refused_and_flags_survive_an_update()
    {
        var repo = RepoInfo.Decode("repo", Samples.Read("made-by-2.2.2", "repo"));
        Assert.False(repo.IsEnabled(FeatureFlag.DeleteTag));
        Assert.True(repo.IsEnabled(FeatureFlag.CreateTag));
        Assert.Throws<InvalidOperationException>(() => new RepoInfoBuilder(repo).DeleteTag("v1"));
        var builder = new RepoInfoBuilder(repo);
        builder.CreateTag("v2", repo.SnapshotIdAt(0));
        Assert.False(RepoInfo.Decode("repo", builder.Build(Now, "b")).IsEnabled(FeatureFlag.DeleteTag));
    }

    [Fact]
    public void Extensions_status_and_the_pointer_to_older_entries_survive_an_update()
    {
        var before = RepoInfo.Decode("repo", RawRepo.Write(
            [(10, 300, null), (16, 200, "repo.B"), (4, 100, "repo.A")], extra: "extra", availability: 7, reason: "why",
            before: "repo.OLDER"));
        var builder = new RepoInfoBuilder(before);
        builder.CreateBranch("b", before.SnapshotIdAt(0));
        var after = RepoInfo.Decode("repo", builder.Build(Now, "repo.C"));
        Assert.Equal("extra"u8, after.Extra.Span);
        Assert.Equal(before.Status, after.Status);
        Assert.Equal((RepoAvailability)7, after.Status.Availability);
        Assert.Equal("repo.OLDER", after.RepoBeforeUpdates);
        Assert.Equal([null, "repo.C", "repo.B", "repo.A"], Enumerable.Range(0, 4).Select(i => after.UpdateAt(i).BackupPath));
        Assert.Equal("why", after.UpdateAt(2).Status!.Reason);
    }

    [Fact]
    public void An_entry_of_unknown_kind_stays_in_the_backup_that_holds_it()
    {
        var before =
            RepoInfo.Decode("repo", RawRepo.Write([(10, 400, null), (10, 300, "repo.C"), (99, 200, "repo.B"), (10, 100, "repo.A")]));
        Assert.False(before.UpdateAt(2).IsKnown);
        var builder = new RepoInfoBuilder(before);
        builder.CreateBranch("b", before.SnapshotIdAt(0));
        var after = RepoInfo.Decode("repo", builder.Build(Now, "repo.D"));
        Assert.Equal([null, "repo.D", "repo.C"], Enumerable.Range(0, after.UpdateCount).Select(i => after.UpdateAt(i).BackupPath));
        Assert.Equal("repo.B", after.RepoBeforeUpdates);

        before = RepoInfo.Decode("repo", RawRepo.Write([(99, 400, null)]));
        builder = new RepoInfoBuilder(before);
        builder.CreateBranch("b", before.SnapshotIdAt(0));
        after = RepoInfo.Decode("repo", builder.Build(Now, "repo.E"));
        Assert.Equal((1, "repo.E"), (after.UpdateCount, after.RepoBeforeUpdates));
    }

    [Fact]
    public void An_entry_of_unknown_kind_without_a_backup_forbids_writing()
    {
        var before = RepoInfo.Decode("repo", RawRepo.Write([(10, 400, null), (99, 300, null)]));
        var builder = new RepoInfoBuilder(before);
        builder.CreateBranch("b", before.SnapshotIdAt(0));
        Assert.True(Assert.Throws<IcechunkFormatException>(() => builder.Build(Now, "b")).IsUnsupported);
    }

    [Fact]
    public void Entries_without_a_backup_are_kept_beyond_the_limit()
    {
        var before = RepoInfo.Decode("repo", RawRepo.Write([(10, 400, null), (10, 300, null), (10, 200, null), (10, 100, "repo.A")]));
        var builder = new RepoInfoBuilder(before);
        builder.CreateBranch("b", before.SnapshotIdAt(0));
        var after = RepoInfo.Decode("repo", builder.Build(Now, "repo.B", maxUpdates: 2));
        Assert.Equal([null, "repo.B", null, null], Enumerable.Range(0, after.UpdateCount).Select(i => after.UpdateAt(i).BackupPath));
        Assert.Equal("repo.A", after.RepoBeforeUpdates);
    }

    [Fact]
    public void What_cannot_be_a_repository_is_corrupt()
    {
        Corrupt("its operations log is empty", RawRepo.Write([]));
        Corrupt("its own ancestor", RawRepo.Write([(10, 1, null)], parents: [1, 2, 0]));
        Corrupt("its own ancestor", RawRepo.Write([(10, 1, null)], parents: [0]));
        Corrupt("a parent that does not exist", RawRepo.Write([(10, 1, null)], parents: [-1, 2]));
        Corrupt("a snapshot that does not exist", RawRepo.Write([(10, 1, null)], main: 1));
        Corrupt("no branch \"main\"", RawRepo.Write([(10, 1, null)], branch: "other"));
        Assert.Equal(3, RepoInfo.Decode("repo", RawRepo.Write([(10, 1, null)], parents: [1, 2, -1])).SnapshotCount);

        static void Corrupt(string text, byte[] file)
        {
            var error = Assert.Throws<IcechunkFormatException>(() => RepoInfo.Decode("repo", file));
            Assert.Contains(text, error.Message, StringComparison.Ordinal);
            Assert.StartsWith("repo: the file is corrupt", error.Message, StringComparison.Ordinal);
        }
    }

    private static RepoInfo Repo()
    {
        SnapshotWriter.InitialSnapshot(Now, out var initial);
        return RepoInfo.Decode("repo", RepoInfoBuilder.CreateRepository(initial, Now));
    }
}
