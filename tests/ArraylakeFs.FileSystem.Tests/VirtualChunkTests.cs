using ArraylakeFs.Icechunk;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using static ArraylakeFs.FileSystem.Tests.TestMount;
using Limits = ArraylakeFs.Icechunk.Limits;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Virtual chunks as files: they are always there with their size, and fail only at read(2), never as what tools take for a fill value.</summary>
public sealed class VirtualChunkTests : IDisposable
{
    private const string Array = "x";

    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-virtual-").FullName;

    public VirtualChunkTests() => File.WriteAllText(Target, "0123456789");

    private string Prefix => $"file://{_folder}/";

    private string Target => Path.Combine(_folder, "big.bin");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_not_allowed_is_there_and_denied_at_read_with_the_prefix_to_allow()
    {
        await using var mount = await CreateAsync();
        string commit = await CommitAsync(mount.Store);
        await mount.AllowAsync("file:///nowhere/");
        foreach (string path in new[] { Root("x/c/1"), $"commits/{commit}/root.zarr/x/c/1" })
        {
            var kernel = mount.Kernel;
            Assert.Equal(5, kernel.StatOf(path).Size);
            Assert.Equal(["0", "1", "2"], kernel.ListNames(path[..^2]));
            Files.Check(kernel.Open(path, Access.Read, out int file), path);
            Assert.Equal(Errno.Access, kernel.Read(file, 0, 10, out _));
            Assert.Equal(Errno.Access, kernel.Read(file, 3, 10, out _));
            Files.Check(kernel.Close(file), "close");
            Assert.Contains($"--allow-virtual {Prefix}", mount.Error, StringComparison.Ordinal);
        }

        await mount.AllowAsync(Prefix);
        Assert.Equal("56789", mount.Kernel.ReadText(Root("x/c/1")));
        Assert.Equal("56789", mount.Kernel.ReadText($"commits/{commit}/root.zarr/x/c/1"));
        Assert.Equal("", mount.Error);
    }

    [Fact]
    public async Task What_is_lost_is_there_and_an_IO_error_at_read()
    {
        await using var mount = await CreateAsync();
        await CommitAsync(mount.Store);
        await mount.AllowAsync(Prefix);
        var kernel = mount.Kernel;
        Files.Check(kernel.Open(Root("x/c/1"), Access.Read, out int file), "open");
        File.WriteAllText(Target, "01234567");
        Assert.Equal("01234", kernel.ReadText(Root("x/c/0")));
        Assert.Equal(Errno.InputOutput, kernel.Read(file, 0, 2, out _));
        Assert.Contains("8 bytes", mount.Error, StringComparison.Ordinal);
        Assert.Equal(Errno.InputOutput, kernel.TryReadBytes(Root("x/c/2"), out _));
        Assert.Contains("changed", mount.Error, StringComparison.Ordinal);
        File.Delete(Target);
        Assert.Equal(Errno.InputOutput, kernel.TryReadBytes(Root("x/c/0"), out _));
        Assert.Contains("missing", mount.Error, StringComparison.Ordinal);
        Assert.Equal(5, kernel.StatOf(Root("x/c/0")).Size);

        File.WriteAllText(Target, "0123456789");
        Files.Check(kernel.Close(file), "close");
        Assert.Equal("56789", kernel.ReadText(Root("x/c/1")));
    }

    [Fact]
    public async Task A_chunk_is_changed_in_place_where_it_may_be_read_and_written_anew_anywhere()
    {
        await using var mount = await CreateAsync();
        await CommitAsync(mount.Store);
        await mount.ReopenAsync();
        var kernel = mount.Kernel;
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out int file), "open");
        Assert.Equal(Errno.Access, kernel.Write(file, 1, "ab"u8.ToArray()));
        Assert.Contains(Prefix, mount.Error, StringComparison.Ordinal);
        Files.Check(kernel.Close(file), "close");
        Assert.Empty(mount.StatusPaths);
        Assert.Equal(Errno.Access, kernel.Truncate(Root("x/c/0"), 3));
        kernel.Write(Root("x/c/2"), "new");
        Assert.Equal(["📝 x/c/2"], mount.StatusPaths);

        await mount.AllowAsync(Prefix);
        kernel = mount.Kernel;
        Files.Check(kernel.Open(Root("x/c/0"), Access.Write, out file), "open");
        Files.Check(kernel.Write(file, 1, "ab"u8.ToArray()), "write");
        Files.Check(kernel.Close(file), "close");
        Assert.Equal("0ab34", kernel.ReadText(Root("x/c/0")));
        string commit = mount.Commit();
        Assert.Equal("0123456789", File.ReadAllText(Target));
        Assert.Equal("0ab34", kernel.ReadText($"commits/{commit}/root.zarr/x/c/0"));
        Assert.Equal("56789", kernel.ReadText($"commits/{commit}/root.zarr/x/c/1"));
        Assert.Equal("new", kernel.ReadText($"commits/{commit}/root.zarr/x/c/2"));
    }

    [Fact]
    public async Task References_stay_through_moves_and_commits_without_permission()
    {
        await using var mount = await CreateAsync();
        await CommitAsync(mount.Store);
        await mount.ReopenAsync();
        Files.Check(mount.Kernel.Rename(Root(Array), Root("y")), "mv");
        mount.Kernel.Write(Root("y/c/2"), "new");
        string commit = mount.Commit();
        string place = $"commits/{commit}/root.zarr/y/c";
        Assert.Equal(["kind virtual", "length 5", $"location {Prefix}big.bin"], Attributes(mount.Kernel, $"{place}/1"));
        Assert.Equal(["kind virtual", "length 5", $"location {Prefix}big.bin"], Attributes(mount.Kernel, Root("y/c/1")));
        await mount.AllowAsync(Prefix);
        Assert.Equal("56789", mount.Kernel.ReadText($"{place}/1"));
        Assert.Equal("56789", mount.Kernel.ReadText(Root("y/c/1")));
    }

    [Fact]
    public async Task A_virtual_chunk_stays_as_a_loose_file_where_its_array_is_made_shorter()
    {
        await using var mount = await CreateAsync();
        await CommitAsync(mount.Store);
        await mount.AllowAsync(Prefix);
        var kernel = mount.Kernel;
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[1]", "[1]"));
        string commit = mount.Commit();
        Assert.Equal(["0"], kernel.ListNames($"commits/{commit}/root.zarr/x/c"));
        Assert.Equal(["x/c/1", "x/c/2"], mount.Loose);
        Assert.Equal("56789", kernel.ReadText(Root("x/c/1")));
        kernel.Replace(Root("x/zarr.json"), Documents.Array("[3]", "[1]"));
        commit = mount.Commit();
        Assert.Equal("56789", kernel.ReadText($"commits/{commit}/root.zarr/x/c/1"));
    }

    private static string[] Attributes(Kernel kernel, string path) =>
    [
        .. from name in new[] { "kind", "chunk_id", "length", "location" }
           let value = kernel.GetAttribute(path, $"user.icechunk.{name}", out string text) == Errno.None ? text : null
           where value is not null
           select $"{name} {value}",
    ];

    /// <summary>
    /// A commit as an official client would make it: three virtual chunks of five bytes each in one file. The last may not have changed since 2023.
    /// </summary>
    private async Task<string> CommitAsync(IObjectStore store)
    {
        File.SetLastWriteTimeUtc(Target, new DateTime(2022, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var (node, time) = (ObjectId8.New(), Timestamp.Now);
        var manifest = new ManifestWriter(ObjectId12.New());
        manifest.BeginArray(node);
        manifest.AddVirtual([0], Prefix + "big.bin", 0, 5);
        manifest.AddVirtual([1], Prefix + "big.bin", 5, 5);
        manifest.AddVirtual([2], Prefix + "big.bin", 0, 5, null, 1_700_000_000);
        var extents = manifest.Extents;
        byte[] file = manifest.Finish();
        await store.PutAsync(IcechunkPaths.Manifest(manifest.Id), file, default);

        var old = (await store.GetAsync(IcechunkPaths.Repo, Limits.MaxFileBytes, default))!;
        var repo = RepoInfo.Decode(IcechunkPaths.Repo, old.Content);
        Assert.True(repo.TryFindBranch("main", out var parent));
        var info = new SnapshotInfo(ObjectId12.New(), parent, time, "virtual", [], []);
        var snapshot = new SnapshotWriter(info.Id, time, info.Message, info.Metadata);
        snapshot.AddManifestFile(new ManifestFile(manifest.Id, (ulong)file.Length, 3));
        snapshot.AddNode(new NodeData(node, "/" + Array, Icechunk.NodeKind.Array, Documents.Array("[3]", "[1]"))
        {
            Shape = [new DimensionShape(3, 3)],
            Manifests = [new ManifestReference(manifest.Id, extents)],
        });
        await store.PutAsync(IcechunkPaths.Snapshot(info.Id), snapshot.Finish(), default);
        await store.PutAsync(IcechunkPaths.TransactionLog(info.Id), new TransactionLogWriter(info.Id).Finish(), default);
        var builder = new RepoInfoBuilder(repo);
        builder.Commit("main", info);
        await store.PutAsync(IcechunkPaths.Repo, builder.Build(time, IcechunkPaths.NewBackupName(time)), default);
        return info.Id.ToString();
    }
}
