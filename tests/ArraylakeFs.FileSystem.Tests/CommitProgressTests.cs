using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A commit of many chunks while it is being made, and after it beside what a kernel holds.</summary>
public sealed class CommitProgressTests
{
    private const int ChunkBytes = 1234;

    [Fact]
    public async Task Status_says_how_far_a_commit_is_and_waits_for_none()
    {
        var store = new MemoryObjectStore();
        await using var mount = await CreateAsync(store: store);
        Zarr.WriteArray(mount.Kernel, "x");
        var other = new Kernel(mount.FileSystem);
        var said = new List<string>();
        store.Before = (operation, key) =>
        {
            if (operation == StoreOperation.Flush || (operation == StoreOperation.Put && !key.StartsWith("overwritten/", StringComparison.Ordinal)))
            {
                var json = other.Status();
                said.Add($"{operation} {key.Split('/')[0]}: {other.ReadText("status").TrimEnd().Split('\n')[^1]}"
                    + $" ({json["committing"]!["step"]} {json["committing"]!["chunks_placed"]}/{json["committing"]!["chunks"]}, changes: {json["changes"] is not null})");
                Assert.Equal(Documents.Chunk("x 1"), other.ReadBytes(Root("x/c/1")));
            }
        };
        mount.Commit();
        store.Before = null;
        Assert.Equal(
        [
            "Put chunks: ⏳ committing: 0 of 3 chunks placed (placing 0/3, changes: False)",
            "Put chunks: ⏳ committing: 1 of 3 chunks placed (placing 1/3, changes: False)",
            "Put chunks: ⏳ committing: 2 of 3 chunks placed (placing 2/3, changes: False)",
            "Put manifests: ⏳ committing: writing manifests and snapshot (writing 3/3, changes: False)",
            "Put snapshots: ⏳ committing: writing manifests and snapshot (writing 3/3, changes: False)",
            "Put transactions: ⏳ committing: writing manifests and snapshot (writing 3/3, changes: False)",
            "Flush : ⏳ committing: flushing to disk (flushing 3/3, changes: False)",
        ], said);
        Assert.Null(mount.Status["committing"]);
        Assert.Contains("No changes in current session", mount.Kernel.ReadText("status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_that_cannot_be_placed_stops_the_commit_and_the_others_are_put_back()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        Zarr.WriteArray(kernel, "x", chunkBytes: ChunkBytes);
        string root = mount.Store.Local!.Root;
        string staging = Directory.GetDirectories(Path.Combine(root, ".arraylakefs", "staging")).Single();
        var before = Directory.GetFiles(staging).Order().ToArray();
        foreach (string chunk in before.Where(file => new FileInfo(file).Length == ChunkBytes))
        {
            string inTheWay = Path.Combine(root, "chunks", Path.GetFileName(chunk));
            Directory.CreateDirectory(inTheWay);
            Assert.Equal(Errno.InputOutput, kernel.Command("commit", "one cannot be placed"));
            Assert.Equal(before, Directory.GetFiles(staging).Order());
            Assert.Equal(Documents.Chunk("x 2", ChunkBytes), kernel.ReadBytes(Root("x/c/2")));
            Directory.Delete(inTheWay);
        }

        string id = mount.Commit();
        Assert.Equal(Documents.Chunk("x 2", ChunkBytes), kernel.ReadBytes($"commits/{id}/root.zarr/x/c/2"));
    }

    [Fact]
    public async Task What_a_kernel_holds_is_the_same_file_after_commits_of_other_chunks_beside_it()
    {
        await using var mount = await CreateAsync(cachesNames: true);
        var kernel = mount.Kernel;
        string[] held = ["c/0", "c/1", "c/2"];
        Zarr.WriteArray(kernel, "x", "[20]", keys: held);
        Zarr.WriteArray(kernel, "small", "[20]", keys: held, chunkBytes: 20); // in the manifest, not objects
        mount.Commit();
        var stats = Stats();
        for (int i = 3; i < 8; i++)
        {
            kernel.Write(Root($"x/c/{i}"), Documents.Chunk($"x {i}"));
            kernel.Write(Root($"small/c/{i}"), Documents.Chunk($"small {i}", 20));
            mount.Commit();
            Assert.Equal(stats, Stats());
            CheckBytes();
        }

        kernel.Write(Root("x/c/1"), Documents.Chunk("again"));
        Files.Check(kernel.Unlink(Root("small/c/1")), "unlink");
        mount.Commit();
        Assert.Equal(Documents.Chunk("again"), kernel.ReadBytes(Root("x/c/1")));
        Assert.False(kernel.Exists(Root("small/c/1")));
        kernel.Write(Root("x/c/1"), Documents.Chunk("x 1"));
        kernel.Write(Root("small/c/1"), Documents.Chunk("small 1", 20));
        mount.Commit();
        CheckBytes();
        stats = Stats();
        Files.Check(kernel.Rename(Root("x"), Root("y")), "rename");
        mount.Commit();
        Files.Check(kernel.Rename(Root("y"), Root("x")), "rename");
        mount.Commit();
        Assert.Equal(stats, Stats());
        CheckBytes();

        FileStat[] Stats() => [.. held.SelectMany(key => new[] { "x", "small" }.Select(array => kernel.StatOf(Root($"{array}/{key}"))))];
        void CheckBytes()
        {
            for (int i = 0; i < 8 && kernel.Exists(Root($"x/c/{i}")); i++)
            {
                Assert.Equal(Documents.Chunk($"x {i}"), kernel.ReadBytes(Root($"x/c/{i}")));
                Assert.Equal(Documents.Chunk($"small {i}", 20), kernel.ReadBytes(Root($"small/c/{i}")));
            }
        }
    }
}
