using System.Globalization;
using System.Text;
using ArraylakeFs.Icechunk;
using ArraylakeFs.Repository;
using ArraylakeFs.Sessions;
using ArraylakeFs.Storage;
using Xunit.Abstractions;
using Limits = ArraylakeFs.Icechunk.Limits;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// Every metadata file of a repository, damaged in hundreds of ways, below a whole mounted tree: what can be read is read, the rest is EIO
/// with a text that names the file, in bounded memory. Another seed finds other damages: ARRAYLAKEFS_SEED=number.
/// </summary>
[Collection(Alone.Name)]
public sealed class DamagedRepositoryTests(ITestOutputHelper output) : IDisposable
{
    private const long MaxAllocatedBytes = 64 << 20;
    private const string Group = """{"zarr_format":3,"node_type":"group","attributes":{}}""";
    private const string Array = """
        {"zarr_format":3,"node_type":"array","shape":[40],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
        "chunk_key_encoding":{"name":"default"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}],"attributes":{"units":"K"}}
        """;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private static readonly int _seed =
        int.TryParse(Environment.GetEnvironmentVariable("ARRAYLAKEFS_SEED"), CultureInfo.InvariantCulture, out int seed) ? seed : 20261122;

    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-damaged-").FullName;
    private readonly Random _random = new(_seed);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("repo", FileType.RepoInfo)]
    [InlineData("snapshots/", FileType.Snapshot)]
    [InlineData("manifests/", FileType.Manifest)]
    [InlineData("transactions/", FileType.TransactionLog)]
    public async Task A_damaged_file_is_named_and_everything_else_goes_on(string prefix, FileType type)
    {
        output.WriteLine($"seed {_seed}");
        var store = await RepositoryAsync();
        var (cases, refused, most) = (0, 0, 0L);
        foreach (string key in await KeysAsync(store, prefix))
        {
            byte[] original = (await store.GetAsync(key, Limits.MaxFileBytes, default))!.Content.ToArray();
            foreach (var (how, damaged) in Damages(key, original, type))
            {
                var copy = await CopyAsync(store);
                await copy.PutAsync(key, damaged, default);
                long before = GC.GetTotalAllocatedBytes();
                string? refusal = await InTimeAsync(VisitAsync, copy, $"{key}, {how}");
                long allocated = GC.GetTotalAllocatedBytes() - before;
                string text = $"{key}, {how} (seed {_seed}): {refusal}";
                Assert.True(allocated < MaxAllocatedBytes, $"{text}: {allocated} bytes were allocated");
                Assert.True(refusal is null || NamesTheFile(refusal, key, how), text);
                Assert.False(refusal?.Contains("internal error", StringComparison.Ordinal) == true, text);
                most = Math.Max(most, allocated);
                (cases, refused) = (cases + 1, refused + (refusal is null ? 0 : 1));
            }
        }

        output.WriteLine($"{refused} of {cases} damages refused, at most {most >> 20} MiB allocated");

        // A mount reads no transaction log: whatever is in it does no harm.
        Assert.True(prefix == "transactions/" ? refused == 0 : refused > cases / 3, "the damages do no harm: they prove nothing");
        Assert.Null(await InTimeAsync(VisitAsync, store, "nothing"));
    }

    /// <summary>A truncated file is always noticed where it is; a flipped bit may give a sound file that names another, which is missing.</summary>
    private static bool NamesTheFile(string refusal, string key, string how) => refusal.Contains(key, StringComparison.Ordinal)
        || (!how.StartsWith("the first", StringComparison.Ordinal)
            && new[] { "repo", "snapshots/", "manifests/", "chunks/", "commit" }.Any(name => refusal.Contains(name, StringComparison.Ordinal)));

    private IEnumerable<(string How, byte[] Damaged)> Damages(string key, byte[] original, FileType type)
    {
        for (int length = 0; length < original.Length; length += 1 + (original.Length / 25))
        {
            yield return ($"the first {length} bytes", original[..length]);
        }

        for (int i = 0; i < 40; i++)
        {
            int bit = _random.Next(8 * original.Length);
            yield return ($"bit {bit} flipped", With(original, bit / 8, (byte)(original[bit / 8] ^ (1 << (bit % 8)))));
        }

        // Behind a sound envelope, where a hostile writer would put it.
        byte[] body = IcechunkFile.Decode(key, original, type);
        byte[] telling = [0, 1, 4, 0x7f, 0x80, 0xff];
        for (int i = 0; i < 60; i++)
        {
            int at = _random.Next(body.Length);
            byte value = telling[_random.Next(telling.Length)];
            yield return ($"byte {at} of the body is {value}", IcechunkFile.Encode(type, With(body, at, value), 1));
        }
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    /// <summary>On a thread of its own, because what never ends may never wait either.</summary>
    private static async Task<string?> InTimeAsync(Func<MemoryObjectStore, Task<string?>> visit, MemoryObjectStore store, string what)
    {
        var visited = Task.Factory.StartNew(() => visit(store), default, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
        Assert.True(await Task.WhenAny(visited, Task.Delay(_patience)) == visited, $"{what}: it never ends");
        return await visited;
    }

    /// <summary>Opens, looks at everything, and commits a change; returns what the first refusal said, null if there was none.</summary>
    private async Task<string?> VisitAsync(MemoryObjectStore store)
    {
        string folder = Path.Combine(_folder, Guid.NewGuid().ToString("N"));
        try
        {
            await using var repository = await ZarrRepository.OpenAsync(store, default);
            await using var session = await Session.OpenAsync(new SessionSettings(folder, "damaged"), repository, default);
            using var mount = new Mount(session);
            await mount.WalkAsync();
            if (mount.Failure is null)
            {
                await mount.TryWriteAsync("root.zarr/a/c/7", "changed");
                await mount.TryWriteAsync("commit", "after the damage");
            }

            return mount.Failure;
        }
        catch (Exception e) when (e is RepositoryException or SessionException)
        {
            return e.Message;
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task<MemoryObjectStore> RepositoryAsync()
    {
        var store = new MemoryObjectStore();
        await using var repository = await ZarrRepository.CreateAsync(store, default);
        await using var session = await Session.OpenAsync(new SessionSettings(Path.Combine(_folder, "maker"), "damaged"), repository, default);
        using var mount = new Mount(session);
        await mount.WriteAsync("root.zarr/zarr.json", Group);
        await mount.WriteAsync("root.zarr/g/zarr.json", Group);
        await mount.WriteAsync("root.zarr/a/zarr.json", Array);
        await mount.WriteAsync("root.zarr/g/b/zarr.json", Array);
        for (int i = 0; i < 20; i++)
        {
            await mount.WriteAsync($"root.zarr/a/c/{i}", new string((char)('a' + i), i % 2 == 0 ? 700 : 20));
            await mount.WriteAsync($"root.zarr/g/b/c/{i}", new string('b', 600 + i));
        }

        await mount.WriteAsync("commit", "first");
        await mount.WriteAsync("root.zarr/a/c/1", new string('x', 900));
        await mount.WriteAsync("root.zarr/g/b/zarr.json", Array.Replace("K", "m", StringComparison.Ordinal));
        await mount.WriteAsync("commit", "second");
        return store;
    }

    private static async Task<MemoryObjectStore> CopyAsync(MemoryObjectStore store)
    {
        var copy = new MemoryObjectStore();
        foreach (string key in await KeysAsync(store, ""))
        {
            await copy.PutAsync(key, (await store.GetAsync(key, Limits.MaxFileBytes, default))!.Content, default);
        }

        return copy;
    }

    private static async Task<List<string>> KeysAsync(MemoryObjectStore store, string prefix)
    {
        var keys = new List<string>();
        await foreach (var item in store.ListAsync(prefix == "repo" ? "" : prefix, default))
        {
            if (prefix != "repo" || item.Key == prefix)
            {
                keys.Add(item.Key);
            }
        }

        return keys;
    }

    /// <summary>The mounted tree, called as a kernel calls it.</summary>
    private sealed class Mount : IDisposable, IVolume
    {
        private readonly MountedFileSystem _fileSystem;
        private readonly byte[] _buffer = new byte[1 << 16];

        public Mount(Session session) => _fileSystem = new MountedFileSystem(session, new Mounter(0, 0), this);

        /// <summary>What <c>error</c> said when the first call failed; null if none has.</summary>
        public string? Failure { get; private set; }

        public VolumeStatistics Statistics() => default;

        public void Dispose() => _fileSystem.Dispose();

        /// <summary>Reads every file and link of the whole mount.</summary>
        public Task WalkAsync() => WalkAsync(IFileSystem.RootNode, "");

        public async Task WriteAsync(string path, string text)
        {
            await TryWriteAsync(path, text);
            Assert.True(Failure is null, Failure);
        }

        public async Task TryWriteAsync(string path, string text)
        {
            string[] parts = path.Split('/');
            ulong node = IFileSystem.RootNode;
            foreach (string part in parts[..^1])
            {
                var found = await _fileSystem.LookupAsync(node, part);
                if (!found.Ok || found.Value.Node == 0)
                {
                    found = await _fileSystem.MakeDirectoryAsync(node, part, 0b111_101_101);
                }

                if (!await CheckAsync(found.Errno, path))
                {
                    return;
                }

                node = found.Value.Node;
            }

            ulong handle;
            if (parts.Length == 1)
            {
                var entry = await _fileSystem.LookupAsync(node, parts[0]);
                handle = (await _fileSystem.OpenAsync(entry.Value.Node, OpenFlags.Write, default)).Value.Handle;
            }
            else
            {
                var created = await _fileSystem.CreateAsync(node, parts[^1], 0b110_100_100, OpenFlags.Write, default);
                if (!await CheckAsync(created.Errno, path))
                {
                    return;
                }

                handle = created.Value.File.Handle;
            }

            await CheckAsync((await _fileSystem.WriteAsync(handle, 0, Encoding.UTF8.GetBytes(text))).Errno, path);
            _fileSystem.Release(handle);
        }

        private async Task WalkAsync(ulong directory, string path)
        {
            var opened = await _fileSystem.OpenDirectoryAsync(directory);
            if (!await CheckAsync(opened.Errno, path))
            {
                return;
            }

            var names = new Names();
            await CheckAsync(await _fileSystem.ReadDirectoryAsync(opened.Value, 0, withAttributes: false, names), path);
            _fileSystem.ReleaseDirectory(opened.Value);
            foreach (string name in names.Found)
            {
                var entry = await _fileSystem.LookupAsync(directory, name);
                if (await CheckAsync(entry.Errno, $"{path}/{name}"))
                {
                    await VisitAsync(entry.Value, $"{path}/{name}");
                    _fileSystem.Forget(entry.Value.Node, 1);
                }
            }
        }

        private async Task VisitAsync(Entry entry, string path)
        {
            switch (entry.Attributes.Kind)
            {
                case FileKind.Directory:
                    await WalkAsync(entry.Node, path);
                    break;
                case FileKind.SymbolicLink:
                    await CheckAsync((await _fileSystem.ReadLinkAsync(entry.Node)).Errno, path);
                    break;
                default:
                    // A file that can only be written refuses to be opened for reading, whatever is damaged.
                    if ((entry.Attributes.Permissions & 0b100_000_000) != 0)
                    {
                        await ReadAsync(entry.Node, path);
                    }

                    break;
            }
        }

        private async Task<string> ReadAsync(ulong node, string path)
        {
            var file = await _fileSystem.OpenAsync(node, OpenFlags.Read, default);
            if (!await CheckAsync(file.Errno, path))
            {
                return "";
            }

            var read = await _fileSystem.ReadAsync(node, file.Value.Handle, 0, _buffer);
            await CheckAsync(read.Errno, path);
            _fileSystem.Release(file.Value.Handle);
            return read.Ok ? Encoding.UTF8.GetString(_buffer.AsSpan(0, read.Value)) : "";
        }

        private async Task<bool> CheckAsync(Errno errno, string path)
        {
            // Damage may have made a group's document unreadable, and then there is nothing to be told about the group.
            bool isAbsent = errno == Errno.NoEntry && path.StartsWith("/info/", StringComparison.Ordinal);
            if (errno != Errno.None && !isAbsent && Failure is null)
            {
                Failure = $"{path}: {errno}";
                string text = await ReadAsync((await _fileSystem.LookupAsync(IFileSystem.RootNode, "error")).Value.Node, "error");
                Failure = $"{path}: {errno}: {text}";
            }

            return errno == Errno.None;
        }
    }

    private sealed class Names : IDirectorySink
    {
        public List<string> Found { get; } = [];

        public bool TryAdd(ReadOnlySpan<char> name, ulong inodeNumber, FileKind kind, long nextCookie)
        {
            if (name is not ("." or ".."))
            {
                Found.Add(name.ToString());
            }

            return true;
        }

        public bool TryAdd(ReadOnlySpan<char> name, in Entry entry, long nextCookie) => TryAdd(name, 0, FileKind.File, nextCookie);
    }
}
