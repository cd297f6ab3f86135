using System.Globalization;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Sessions;
using static ArraylakeFs.FileSystem.Tests.TestMount;

namespace ArraylakeFs.FileSystem.Tests;

public sealed class ScaleTests
{
    /// <summary>Set ARRAYLAKEFS_SCALE to run with more: 100000 takes minutes.</summary>
    private static readonly int _chunks =
        int.TryParse(Environment.GetEnvironmentVariable("ARRAYLAKEFS_SCALE"), NumberStyles.None, CultureInfo.InvariantCulture, out int many) ? many : 20_000;

    [Fact]
    public async Task Many_chunks_in_one_session_are_written_listed_reported_and_committed()
    {
        await using var mount = await CreateAsync();
        var kernel = mount.Kernel;
        int rows = _chunks / 1000;
        Zarr.WriteArray(kernel, "x", $"[{rows},1000]", "[1,1]", []);
        for (int row = 0; row < rows; row++)
        {
            WriteRow(mount, row);
        }

        Assert.Equal(1000, kernel.ListNames(Root("x/c/0")).Length);
        Assert.Equal(_chunks + 2, mount.Status["changes"]!.AsArray().Count);
        string id = mount.Commit();
        Assert.Empty(mount.StatusPaths);
        Assert.Equal(1000, kernel.ListNames($"commits/{id}/root.zarr/x/c/{rows - 1}").Length);
        Files.Check(kernel.Rename(Root("x"), Root("y")), "rename");
        mount.Commit("moved");
        await mount.ReopenAsync();
        Assert.Equal(1000, mount.Kernel.ListNames(Root($"y/c/{rows / 2}")).Length);
        Assert.Equal(Documents.Chunk("7", 600), mount.Kernel.ReadBytes(Root("y/c/0/7")));
    }

    [Fact]
    public async Task Names_in_the_v2_face_of_a_commit_are_found_without_reading_the_document_for_each()
    {
        await using var mount = await CreateAsync();
        Zarr.WriteArray(mount.Kernel, "x", "[1000]", keys: ["c/0"]);
        string id = mount.Commit();
        var tree = new V2SnapshotTree(await mount.Repository.SnapshotAsync(ObjectId12.Parse(id), default));
        var directory = (await tree.FindAsync(tree.Root, "x", default))!.Value.Directory;
        Assert.NotNull(await tree.FindAsync(directory, "0", default));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            await tree.FindAsync(directory, "0", default);
            await tree.FindAsync(directory, ".zarray", default);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000, 0, 2000);
    }

    private static void WriteRow(TestMount mount, int row)
    {
        mount.Kernel.MakeDirectories(Root($"x/c/{row}"));
        mount.Kernel.Node(Root($"x/c/{row}"), directory =>
        {
            for (int i = 0; i < 1000; i++)
            {
                var created = mount.FileSystem.CreateAsync(
                    directory, i.ToString(CultureInfo.InvariantCulture), 0x1B6, OpenFlags.Write, default).AsTask().Result;
                Assert.True(created.Ok);
                ulong handle = created.Value.File.Handle;
                Assert.True(mount.FileSystem.WriteAsync(handle, 0, Documents.Chunk($"{i}", 600)).AsTask().Result.Ok);
                Assert.Equal(Errno.None, mount.FileSystem.FlushAsync(handle).AsTask().Result);
                mount.FileSystem.Release(handle);
                mount.FileSystem.Forget(created.Value.Entry.Node, 1);
            }

            return Errno.None;
        });
    }
}
