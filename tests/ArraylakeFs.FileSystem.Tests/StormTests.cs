using System.Diagnostics;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Calls of every kind while commits, checkouts and discards run: whatever the moment, nothing is lost and the journal can be read.</summary>
public sealed class StormTests
{
    private const int Threads = 4;

    private static readonly TimeSpan _shortest = TimeSpan.FromSeconds(2), _longest = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Links_renames_copies_and_flushes_while_commits_run_leave_a_session_that_can_be_resumed()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", $"[{Threads},8]", "[1,1]", []);
        mount.Commit();
        var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        int commits = 0;
        var expected = new Dictionary<string, byte[]>[Threads];
        await RunAsync(
            (thread, random, until) => expected[thread] = Change(new Kernel(mount.FileSystem) { Reads = mount.Reads }, thread, random, until),
            () =>
            {
                var errno = kernel.Command("commit", $"commit {++commits}");
                Assert.True(errno is Errno.None or Errno.NoData, $"{errno}: {mount.Error}");
            },
            () => commits > 1);
        for (int round = 0; round < 2; round++)
        {
            for (int thread = 0; thread < Threads; thread++)
            {
                string row = Root($"x/c/{thread}");
                Assert.Equal(expected[thread].Keys.Order(StringComparer.Ordinal), mount.Kernel.ListNames(row));
                Assert.All(expected[thread], file => Assert.Equal(file.Value, mount.Kernel.ReadBytes($"{row}/{file.Key}")));
            }

            if (round == 0)
            {
                await mount.ReopenAsync();
            }
        }

        Assert.Contains(mount.Kernel.Command("commit", "the rest"), (Errno[])[Errno.None, Errno.NoData]);
        Assert.Empty(mount.StatusPaths);
    }

    /// <summary>Staged files become chunk objects, and staged files again: whoever opens them finds them.</summary>
    [Fact]
    public async Task Commits_that_fail_disturb_nobody()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", $"[{Threads},8]", "[1,1]", []);
        mount.Commit();
        string folder = Path.Combine(mount.Folder, "repository", "transactions"), away = folder + "#away";
        var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        int commits = 0, failures = 0;
        var expected = new Dictionary<string, byte[]>[Threads];
        await RunAsync(
            (thread, random, until) => expected[thread] = Change(new Kernel(mount.FileSystem) { Reads = mount.Reads }, thread, random, until),
            () =>
            {
                Directory.Move(folder, away);
                File.WriteAllText(folder, "in the way");
                failures += kernel.Command("commit", "it fails") == Errno.InputOutput ? 1 : 0;
                File.Delete(folder);
                Directory.Move(away, folder);
                commits += kernel.Command("commit", "it is made") == Errno.None ? 1 : 0;
            },
            () => commits > 1 && failures > 1);
        await mount.ReopenAsync();
        for (int thread = 0; thread < Threads; thread++)
        {
            Assert.Equal(expected[thread].Keys.Order(StringComparer.Ordinal), mount.Kernel.ListNames(Root($"x/c/{thread}")));
            Assert.All(expected[thread], file => Assert.Equal(file.Value, mount.Kernel.ReadBytes(Root($"x/c/{thread}/{file.Key}"))));
        }
    }

    [Fact]
    public async Task Nothing_slips_in_behind_a_checkout_or_a_discard()
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), Documents.Group());
        string empty = mount.Commit();
        Zarr.WriteArray(mount.Kernel, "x");
        mount.Commit();
        var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        int checkouts = 0;
        await RunAsync(
            (thread, random, until) =>
            {
                var own = new Kernel(mount.FileSystem) { Reads = mount.Reads };
                for (int i = 0; !until.IsCancellationRequested; i++)
                {
                    own.MakeDirectory(Root($"d{thread} {i}"));
                    if (own.Open(Root("x/c/0"), Access.Write, out int file) == Errno.None)
                    {
                        own.Write(file, 0, [1]);
                        own.Close(file);
                    }

                    Thread.Sleep(random.Next(100)); // so that the tree is clean at times
                }
            },
            () =>
            {
                Files.Check(kernel.Command("discard", "all"), "discard");
                if (kernel.Command("checkout", empty) == Errno.None)
                {
                    checkouts++;
                    for (int i = 0; i < 5; i++)
                    {
                        Assert.Empty(mount.StatusPaths);
                        Assert.Equal(["zarr.json"], kernel.ListNames(Root()));
                    }

                    Files.Check(kernel.Command("checkout", "main"), "checkout");
                }
            },
            () => checkouts > 2);
    }

    [Fact]
    public async Task Renames_in_both_faces_end_whatever_is_discarded_or_checked_out_meanwhile()
    {
        await using var mount = await CreateAsync();
        mount.Kernel.Write(Root("zarr.json"), Documents.Group());
        string empty = mount.Commit();
        Zarr.WriteArray(mount.Kernel, "x", keys: ["c/0"]);
        mount.Commit();
        var kernel = new Kernel(mount.FileSystem) { Reads = mount.Reads };
        var random = new Random(1);
        int discards = 0, checkouts = 0;
        await RunAsync(
            (thread, its, until) => Rename(new Kernel(mount.FileSystem) { Reads = mount.Reads }, thread % 2 == 0 ? "root.zarr" : "root.v2.zarr", its, until),
            () =>
            {
                string what = random.Next(2) == 0 ? "all" : "x";
                discards += kernel.Command("discard", what) == Errno.None ? 1 : 0;
                checkouts += kernel.Command("checkout", checkouts % 2 == 0 ? empty : "main") == Errno.None ? 1 : 0;
            },
            () => discards > 20 && checkouts > 4);
    }

    /// <summary>Moves chunks, documents, files and directories to and fro; what is there at which moment depends on others.</summary>
    private static void Rename(Kernel kernel, string face, Random random, CancellationToken until)
    {
        string[] names = ["x", "x/0", "x/c/0", "x/c/1", "x/zarr.json", "x/.zarray", "x/.zattrs", "x/t", "y", "y/f", "y/g"];
        while (!until.IsCancellationRequested)
        {
            kernel.MakeDirectory($"{face}/y");
            if (kernel.Open($"{face}/y/f", Access.Write | Access.Create, out int file) == Errno.None)
            {
                kernel.Close(file);
            }

            for (int i = 0; i < 10; i++)
            {
                var flags = random.Next(4) switch { 0 => RenameFlags.NoReplace, 1 => RenameFlags.Exchange, _ => RenameFlags.None };
                var errno = kernel.Rename($"{face}/{names[random.Next(names.Length)]}", $"{face}/{names[random.Next(names.Length)]}", flags);
                Assert.Contains(errno, (Errno[])[Errno.None, Errno.Stale, Errno.NoEntry, Errno.Exists, Errno.Invalid, Errno.NotEmpty, Errno.IsDirectory,
                    Errno.NotDirectory, Errno.NotPermitted, Errno.ReadOnly, Errno.Busy]); // EBUSY: attributes of what is being written, as zarr.json
            }
        }
    }

    /// <summary>One thread's work on the row of chunks of its own; what it should look like afterwards.</summary>
    private static Dictionary<string, byte[]> Change(Kernel kernel, int thread, Random random, CancellationToken until)
    {
        string row = Root($"x/c/{thread}");
        kernel.MakeDirectories(row);
        var files = new Dictionary<string, byte[]>();
        for (int i = 0; !until.IsCancellationRequested; i++)
        {
            string key = $"{random.Next(8)}", other = $"{random.Next(8)}", path = $"{row}/{key}", temporary = $"{row}/{i}.partial";
            byte[] bytes = Documents.Chunk($"{thread} {i}", random.Next(2) == 0 ? 40 : 700);
            switch (random.Next(8))
            {
                case 0:
                    WriteAndFlush(kernel, path, bytes);
                    files[key] = bytes;
                    break;
                case 1:
                    WriteAndFlush(kernel, temporary, bytes);
                    Files.Check(kernel.Rename(temporary, path), path);
                    files[key] = bytes;
                    break;
                case 2 when !files.ContainsKey(key):
                    kernel.Write(temporary, bytes);
                    Files.Check(kernel.Link(temporary, path), path);
                    Files.Check(kernel.Unlink(temporary), temporary);
                    files[key] = bytes;
                    break;
                case 3 when files.ContainsKey(key) && key != other:
                    Files.Check(kernel.Rename(path, $"{row}/{other}"), path);
                    files[other] = files[key];
                    files.Remove(key);
                    break;
                case 4 when files.TryGetValue(key, out byte[]? written):
                    Assert.Equal(written, kernel.ReadBytes(path));
                    break;
                case 5 when files.Remove(key):
                    Files.Check(kernel.Unlink(path), path);
                    break;
                case 6 when files.ContainsKey(key) && key != other:
                    Files.Check(kernel.Copy(path, $"{row}/{other}"), path);
                    files[other] = files[key];
                    break;
                case 7 when files.TryGetValue(key, out byte[]? former):
                    Files.Check(kernel.Open(path, Access.Write, out int file), path);
                    Files.Check(kernel.Write(file, 1, [(byte)i]), path);
                    Files.Check(kernel.Close(file), path);
                    files[key] = [former[0], (byte)i, .. former[2..]];
                    break;
            }
        }

        return files;
    }

    private static void WriteAndFlush(Kernel kernel, string path, byte[] bytes)
    {
        Files.Check(kernel.Open(path, Access.Write | Access.Create | Access.Truncate, out int file), path);
        Files.Check(kernel.Write(file, 0, bytes), path);
        Files.Check(kernel.Sync(file), path);
        Files.Check(kernel.Close(file), path);
    }

    /// <summary>Runs the work on several threads and the command again and again on this one, for a while and until it was enough.</summary>
    private static async Task RunAsync(Action<int, Random, CancellationToken> work, Action command, Func<bool> isEnough)
    {
        using var until = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Threads)
            .Select(thread => Task.Factory.StartNew(
                () => work(thread, new Random(thread), until.Token), default, TaskCreationOptions.LongRunning, TaskScheduler.Default))
            .ToArray();
        try
        {
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < _shortest || !isEnough();)
            {
                Assert.True(clock.Elapsed < _longest, "it never gets through");
                command();
            }
        }
        finally
        {
            await until.CancelAsync();
            await Task.WhenAll(workers).WaitAsync(TimeSpan.FromMinutes(1));
        }
    }
}
