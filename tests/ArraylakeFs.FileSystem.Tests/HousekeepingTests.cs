using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Garbage is collected and histories expire while sessions are open: nothing that one stands on goes.</summary>
public sealed class HousekeepingTests
{
    private static DateTimeOffset EverythingIsOld => DateTimeOffset.UtcNow.AddMinutes(1);

    [Fact]
    public async Task What_a_session_stands_on_stays_though_no_branch_leads_there_and_everything_counts_as_old()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x");
        var committed = mount.Commit();
        kernel.Write(Root("x/c/0"), Documents.Chunk("staged"));
        Files.Check(kernel.Rename(Root("x/c/1"), Root("loose")), "a committed chunk under another name");
        Files.Check(kernel.Rename(Root("x"), Root("y")), "a committed array at another place");
        var other = await CommitAndLeaveAsync(mount, "elsewhere");
        await mount.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        var contents = kernel.Contents(Root());

        var report = await CollectAsync(mount);
        Assert.Equal(1, report.Commits);
        Assert.True(report.Count > 2);
        var references = await mount.Repository.ReferencesAsync(default);
        Assert.True(references.Contains(ObjectId12.Parse(committed)));
        Assert.False(references.Contains(ObjectId12.Parse(other)));
        await mount.Repository.ExpireAsync(new ExpirationRequest(EverythingIsOld) { InUse = InUse(mount) }, default);
        await CollectAsync(mount);

        Assert.Equal(contents, kernel.Contents(Root()));
        await mount.CrashAsync();
        Assert.Equal(contents, mount.Kernel.Contents(Root()));
        await CollectAsync(mount);
        await mount.ReopenAsync();
        Assert.Equal(contents, mount.Kernel.Contents(Root()));
    }

    [Fact]
    public async Task A_session_that_is_closed_with_changes_holds_what_it_needs_and_one_without_holds_nothing()
    {
        await using var mount = await CreateAsync();
        await using (var changed = await mount.SecondAsync())
        {
            Zarr.WriteArray(changed.Kernel, "x");
            var committed = ObjectId12.Parse(changed.Commit());
            changed.Kernel.Write(Root("x/c/0"), Documents.Chunk("staged"));
            await changed.CloseAsync();
            await mount.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
            Assert.Equal((0, 0), await CountAsync(mount));

            await changed.ReopenAsync();
            Assert.Equal(Documents.Chunk("staged"), changed.Kernel.ReadBytes(Root("x/c/0")));
            Assert.Equal(Errno.None, changed.Kernel.Command("discard", "all"));
            Assert.Equal((0, 0), await CountAsync(mount)); // it is still open
            Assert.Equal(Documents.Chunk("x 0"), changed.Kernel.ReadBytes(Root("x/c/0")));
            await changed.CloseAsync();
            Assert.Equal(1, (await CollectAsync(mount)).Commits);
            Assert.False((await mount.Repository.ReferencesAsync(default)).Contains(committed));
            await changed.ReopenAsync(); // nothing is lost: it goes to the branch's tip
            Assert.Empty(changed.Kernel.ListNames(Root()));
        }
    }

    [Fact]
    public async Task Chunks_that_a_killed_commit_has_published_stay_for_the_session_that_takes_them_back()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x");
        await mount.CrashAsync();
        string repository = mount.Store.Local!.Root;
        Directory.CreateDirectory(Path.Combine(repository, "chunks"));
        foreach (string staged in Directory.GetFiles(Path.Combine(repository, ".arraylakefs/staging", mount.Session.Id)))
        {
            File.Move(staged, Path.Combine(repository, "chunks", Path.GetFileName(staged))); // where kill -9 in a commit may leave them
        }

        Assert.Equal(0, (await CollectAsync(mount)).Count);
        Assert.Equal(Documents.Chunk("x 2"), mount.Kernel.ReadBytes(Root("x/c/2")));
    }

    [Fact]
    public async Task Commits_and_changes_made_while_garbage_is_collected_lose_nothing()
    {
        await using var mount = await CreateAsync();
        await mount.Repository.CreateBranchAsync("other", ObjectId12.InitialSnapshot, default);
        await using var second = await mount.SecondAsync(settings => settings with { Branch = "other" });
        using var done = new CancellationTokenSource();
        var collections = 0;
        var collector = Task.Run(async () =>
        {
            await using var repository = await ZarrRepository.OpenAsync(new LocalObjectStore(mount.Store.Local!.Root), default);
            while (!done.IsCancellationRequested)
            {
                await repository.CollectGarbageAsync(new GarbageRequest(EverythingIsOld) { InUse = InUse(mount) }, default);
                Interlocked.Increment(ref collections);
            }
        });
        var commits = await Task.WhenAll(new[] { mount, second }.Select(m => Task.Run(() => Enumerable.Range(0, 8).Select(i =>
        {
            SpinWait.SpinUntil(() => i < 7 || Volatile.Read(ref collections) > 1); // else they would not have met
            Zarr.WriteArray(m.Kernel, $"x{i}");
            m.Kernel.Write(Root("x0/c/1"), Documents.Chunk($"again {i}"));
            string id = m.Commit($"{i}");
            m.Kernel.Write(Root("x0/c/2"), Documents.Chunk($"uncommitted {i}"));
            return id;
        }).ToArray())));
        await done.CancelAsync();
        await collector;
        await CollectAsync(mount);
        foreach (var (m, ids) in new[] { mount, second }.Zip(commits))
        {
            Assert.Equal(Documents.Chunk("uncommitted 7"), m.Kernel.ReadBytes(Root("x0/c/2")));
            for (int i = 0; i < ids.Length; i++)
            {
                Assert.Equal(Documents.Chunk($"x{i} 0"), m.Kernel.ReadBytes($"commits/{ids[i]}/root.zarr/x{i}/c/0"));
                Assert.Equal(Documents.Chunk($"again {i}"), m.Kernel.ReadBytes($"commits/{ids[i]}/root.zarr/x0/c/1"));
            }
        }
    }

    [Fact]
    public async Task A_mount_that_looks_at_a_commit_which_is_removed_says_so_and_goes_on()
    {
        await using var mount = await CreateAsync();
        string gone = await CommitAndLeaveAsync(mount, "gone");
        string path = $"commits/{gone}/root.zarr/gone/c/0";
        Assert.Equal(Documents.Chunk("gone 0"), mount.Kernel.ReadBytes(path));
        await mount.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        Assert.Equal(1, (await CollectAsync(mount)).Commits);
        Assert.Contains(mount.Kernel.TryReadBytes(path, out _), (Errno[])[Errno.NoEntry, Errno.InputOutput]);
        Assert.Equal(Errno.NoEntry, mount.Kernel.Command("checkout", gone));
        Assert.Contains(gone, mount.Error, StringComparison.Ordinal);
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
    }

    [Fact]
    public async Task Where_it_cannot_be_told_what_a_session_stands_on_nothing_is_removed_and_the_file_is_named()
    {
        await using var mount = await CreateAsync();
        await CommitAndLeaveAsync(mount, "gone");
        await mount.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
        string own = Path.Combine(mount.Store.Local!.Root, ".arraylakefs"), claim = Path.Combine(own, "sessions", ObjectId12.New().ToString());
        await RefusedAsync("""{"folder":"/nowhere","host":"elsewhere.example"}""", "/nowhere on elsewhere.example");
        await RefusedAsync("", claim);
        await RefusedAsync("{}", claim);
        string notADatabase = Path.Combine(mount.Folder, "broken");
        Directory.CreateDirectory(notADatabase);
        File.WriteAllText(Path.Combine(notADatabase, "journal.sqlite"), "this is no database, and it is longer than a header of one would be: it is not one at all.");
        await RefusedAsync($$"""{"folder":"{{notADatabase}}","host":"{{Environment.MachineName}}"}""", claim);
        File.Delete(claim);

        string unclaimed = Path.Combine(own, "staging", ObjectId12.New().ToString());
        Directory.CreateDirectory(unclaimed);
        File.WriteAllText(Path.Combine(unclaimed, ObjectId12.New().ToString()), "staged");
        Assert.Contains(unclaimed, (await Assert.ThrowsAsync<SessionException>(() => CollectAsync(mount))).Message, StringComparison.Ordinal);
        Directory.Delete(unclaimed, recursive: true);

        File.WriteAllText(claim, $$"""{"folder":"/nowhere","host":"{{Environment.MachineName}}"}"""); // a session whose folder was removed here
        Assert.Equal(1, (await CollectAsync(mount)).Commits);

        async Task RefusedAsync(string content, string mentioned)
        {
            File.WriteAllText(claim, content);
            var refused = await Assert.ThrowsAsync<SessionException>(() => CollectAsync(mount));
            Assert.Equal(Errno.Busy, refused.Errno);
            Assert.Contains(mentioned, refused.Message, StringComparison.Ordinal);
            Assert.Contains("nothing was removed", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_read_only_mount_makes_no_folder_and_holds_its_commit_where_others_have_made_one()
    {
        await using (var alone = await CreateAsync(settings: settings => settings with { ReadOnly = true }))
        {
            Assert.False(Directory.Exists(Path.Combine(alone.Store.Local!.Root, ".arraylakefs", "sessions")));
        }

        await using var mount = await CreateAsync();
        await CommitAndLeaveAsync(mount, "x");
        await using (var reader = await mount.SecondAsync(settings => settings with { ReadOnly = true }))
        {
            await mount.Repository.ResetBranchAsync("main", ObjectId12.InitialSnapshot, null, default);
            Assert.Equal((0, 0), await CountAsync(mount));
            Assert.Equal(Documents.Chunk("x 0"), reader.Kernel.ReadBytes(Root("x/c/0")));
        }

        Assert.Equal(1, (await CollectAsync(mount)).Commits);
    }

    /// <summary>A commit of another session, which then ends.</summary>
    private static async Task<string> CommitAndLeaveAsync(TestMount mount, string array)
    {
        await using var second = await mount.SecondAsync();
        Zarr.WriteArray(second.Kernel, array);
        return second.Commit();
    }

    private static InUseAsync InUse(TestMount mount) => _ => new(SessionClaims.Read(mount.Store.Local));

    private static Task<GarbageReport> CollectAsync(TestMount mount) =>
        mount.Repository.CollectGarbageAsync(new GarbageRequest(EverythingIsOld) { InUse = InUse(mount) }, default);

    private static async Task<(int Commits, long Count)> CountAsync(TestMount mount)
    {
        var report = await CollectAsync(mount);
        return (report.Commits, report.Count);
    }
}
