using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>
/// Does the same at random to a mount and to a directory of a real disk, and compares: every errno, and from time to time every name, kind,
/// size, byte, link count, inode number and time.
/// </summary>
internal sealed partial class Model : IDisposable
{
    private static readonly string[] _names = ["a", "b", "g", "c", "0", "1", "0.0", "c.0", "zarr.json", "x.partial"];

    private static readonly byte[][] _documents =
    [
        Documents.Group(), Documents.Group("""{"n":NaN}"""), Documents.Array("[2]", "[1]"), Documents.Array("[3]", "[1]"),
        Documents.Array("[2,2]", "[1,1]"), Documents.Array("[2]", "[1]", "v2", "."), Documents.Array("[2,2]", "[1,1]", "v2", "/"),
        Documents.Array("[2,2]", "[1,1]", "default", "."), Documents.Array("[]", "[]"), Documents.Group(), Documents.Group(),
        Documents.Array("[2]", "[1]"), Documents.Array("[2,2]", "[1,1]"), Documents.Group(), "{"u8.ToArray(), [],
    ];

    private readonly TestMount _mount;
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-model-").FullName;
    private readonly Disk _disk;
    private readonly Random _random;
    private readonly List<(int Mount, int Disk)> _open = [];
    private readonly Dictionary<ulong, int> _anchors = []; // disk inode -> a descriptor, so that the disk uses no number twice
    private readonly HashSet<ulong> _touched = []; // disk inodes that an operation has been at since the last comparison
    private readonly Dictionary<string, SortedDictionary<string, byte[]>> _commits = [];
    private Dictionary<ulong, (ulong Inode, long ModifiedNs)> _known = []; // by disk inode, as of the last comparison

    public Model(TestMount mount, int seed)
    {
        (_mount, _random) = (mount, new Random(seed));
        _disk = new Disk(_folder);
        Files.Check(_disk.MakeDirectory("root.zarr"), "root.zarr");
        Same("write", f =>
        {
            f.Write("root.zarr/zarr.json", _documents[0]);
            return Errno.None;
        }, "root.zarr/zarr.json");
    }

    public List<string> Steps { get; } = [];

    public int Commits => _commits.Count;

    /// <summary>One random operation.</summary>
    public async Task StepAsync()
    {
        switch (_random.Next(100))
        {
            case < 22:
                Store();
                break;
            case < 30:
                Same("mkdir", (f, p) => f.MakeDirectory(p), Somewhere());
                break;
            case < 35:
                Same("rmdir", (f, p) => f.RemoveDirectory(p), Pick());
                break;
            case < 42:
                Same("unlink", (f, p) => f.Unlink(p), Pick());
                break;
            case < 53:
                Rename();
                break;
            case < 57:
                Copy();
                break;
            case < 61:
                Link();
                break;
            case < 65:
                Resize();
                break;
            case < 70:
                Open();
                break;
            case < 78:
                UseOpen();
                break;
            case < 83:
                Same("list", (f, p) => f.List(p, out _), Pick());
                break;
            case < 92:
                Commit();
                break;
            case < 94:
                await RestartAsync(crash: false);
                break;
            case < 96:
                await RestartAsync(crash: true);
                break;
            case < 97:
                Discard();
                break;
            case < 99:
                VisitEarlierCommit();
                break;
            default:
                MoveManyNames();
                break;
        }
    }

    /// <summary>Compares everything.</summary>
    public void Compare()
    {
        var expected = Walk(_disk);
        var actual = Walk(_mount.Kernel);
        Assert.Equal(expected.Keys, actual.Keys);
        var now = new Dictionary<ulong, (ulong Inode, long ModifiedNs)>();
        foreach (var (path, wanted) in expected)
        {
            var got = actual[path];
            Assert.True(wanted.IsDirectory == got.IsDirectory && (wanted.IsDirectory || (wanted.Size == got.Size && wanted.Links == got.Links)),
                $"{path}: {got}, not {wanted}");
            if (!wanted.IsDirectory)
            {
                Assert.True(_disk.ReadBytes(path).AsSpan().SequenceEqual(_mount.Kernel.ReadBytes(path)), $"{path}: other bytes");
            }

            if (now.TryGetValue(wanted.Inode, out var other))
            {
                Assert.True(other.Inode == got.Inode, $"{path}: a link, with another inode number");
            }

            now[wanted.Inode] = (got.Inode, got.ModifiedNs);
            if (_known.TryGetValue(wanted.Inode, out var before))
            {
                Assert.True(before.Inode == got.Inode, $"{path}: inode number {got.Inode}, was {before.Inode}");
                Assert.True(before.ModifiedNs == got.ModifiedNs || _touched.Contains(wanted.Inode),
                    $"{path}: nothing touched it, and its time is {got.ModifiedNs}, was {before.ModifiedNs}");
            }

            if (!_anchors.ContainsKey(wanted.Inode) && _disk.Open(path, Access.Read, out int anchor) == Errno.None)
            {
                _anchors[wanted.Inode] = anchor;
            }
        }

        Assert.Equal(now.Count, now.Values.Select(n => n.Inode).Distinct().Count());
        _known = now;
        _touched.Clear();
    }

    public void Dispose()
    {
        foreach (int anchor in _anchors.Values.Concat(_open.Select(o => o.Disk)))
        {
            _disk.Close(anchor);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static SortedDictionary<string, FileStat> Walk(IFiles files)
    {
        var found = new SortedDictionary<string, FileStat>(StringComparer.Ordinal);
        if (files.Stat("root.zarr", out var root) == Errno.None)
        {
            found.Add("root.zarr", root);
            foreach (var (path, stat) in files.Walk("root.zarr"))
            {
                found.Add("root.zarr/" + path.TrimEnd('/'), stat);
            }
        }

        return found;
    }

    private void Same(string what, Func<IFiles, string, Errno> call, string path) => Same($"{what}", f => call(f, path), path);

    private void Same(string what, Func<IFiles, Errno> call, params string[] paths)
    {
        Steps.Add($"{what} {string.Join(" ", paths)}");
        Touch(paths);
        var wanted = call(_disk);
        var got = call(_mount.Kernel);
        Touch(paths);
        Steps[^1] += $" = {wanted}";
        Assert.True(wanted == got, $"{Steps[^1]}, and the mount says {got}. {_mount.Error}");
    }

    private void Touch(params string[] paths)
    {
        foreach (string path in paths)
        {
            foreach (string p in (string[])[path, Path.GetDirectoryName(path) ?? ""])
            {
                if (_disk.Stat(p, out var stat) == Errno.None)
                {
                    _touched.Add(stat.Inode);
                }
            }
        }
    }

    private void Store()
    {
        string path = Somewhere();
        if (_random.Next(5) == 0)
        {
            path = path[..path.LastIndexOf('/')] + "/zarr.json";
        }

        byte[] bytes = path.EndsWith("zarr.json", StringComparison.Ordinal) ? _documents[_random.Next(_documents.Length)] : RandomBytes();
        if (_random.Next(2) == 0)
        {
            Same($"write {bytes.Length} bytes", f => Save(f, path, bytes, Access.Write | Access.Create | Access.Truncate), path);
        }
        else
        {
            string temporary = path + ".partial";
            Same($"write {bytes.Length} bytes", f => Save(f, temporary, bytes, Access.Write | Access.Create | Access.Exclusive), temporary);
            Same("rename", f => f.Rename(temporary, path), temporary, path);
        }
    }

    private static Errno Save(IFiles files, string path, byte[] bytes, Access access)
    {
        var errno = files.Open(path, access, out int descriptor);
        if (errno != Errno.None)
        {
            return errno;
        }

        errno = files.Write(descriptor, 0, bytes);
        files.Close(descriptor);
        return errno;
    }

    private void Rename()
    {
        string from = Pick(), to = Somewhere();
        var flags = _random.Next(6) switch
        {
            0 => RenameFlags.NoReplace,
            1 => RenameFlags.Exchange,
            _ => RenameFlags.None,
        };
        if (flags == RenameFlags.Exchange)
        {
            to = Pick();
        }

        Same($"rename {flags}", f => f.Rename(from, to, flags), from, to);
    }

    /// <summary>As cp does, now and then only from an offset to the same one, and out of earlier commits.</summary>
    private void Copy()
    {
        string from = Pick(), to = Somewhere();
        var access = _random.Next(4) == 0 ? default : Access.Truncate;
        int offset = _random.Next(4) == 0 ? _random.Next(900) : 0;
        if (_commits.Count > 0 && _random.Next(3) == 0)
        {
            var (id, contents) = _commits.ElementAt(_random.Next(_commits.Count));
            var (path, bytes) = contents.ElementAtOrDefault(_random.Next(contents.Count + 1));
            if (path is not null)
            {
                from = $"commits/{id}/root.zarr/{path}";
                Same($"cp {from}", f => ReferenceEquals(f, _disk)
                    ? Save(f, to, bytes, Access.Write | Access.Create | Access.Truncate) : f.Copy(from, to), to);
            }

            return;
        }

        if (_disk.Stat(from, out var source) == Errno.None && _disk.Stat(to, out var target) == Errno.None && source.Inode == target.Inode)
        {
            return; // cp refuses that, and so does the kernel
        }

        Same($"cp from {offset} {access} {from}", f => f.Copy(from, to, access, offset), to); // the source is not touched
    }

    private void Link()
    {
        string from = Pick(), to = Somewhere();
        Same("link", f => f.Link(from, to), from, to);
    }

    private void Resize()
    {
        string path = Pick();
        int length = _random.Next(900);
        if (!path.EndsWith("root.zarr", StringComparison.Ordinal))
        {
            Same($"truncate {length}", f => f.Truncate(path, length), path);
        }
    }

    private void Open()
    {
        string path = Somewhere();
        // To be read too: where the kernel writes by itself, others do not see what is written after a commit before it is closed.
        var access = Access.Write | Access.AndRead | (_random.Next(2) == 0 ? Access.Create : 0) | (_random.Next(3) == 0 ? Access.Truncate : 0);
        if (_open.Count == 4 || _disk.Stat(path, out var stat) == Errno.None && stat.IsDirectory)
        {
            return;
        }

        int mount = -1, disk = -1;
        Same($"open {access}", f => ReferenceEquals(f, _disk) ? f.Open(path, access, out disk) : f.Open(path, access, out mount), path);
        if (disk >= 0)
        {
            _open.Add((mount, disk));
        }
    }

    private void UseOpen()
    {
        if (_open.Count == 0)
        {
            return;
        }

        int index = _random.Next(_open.Count);
        var (mount, disk) = _open[index];
        long offset = _random.Next(1000);
        switch (_random.Next(4))
        {
            case 0:
                byte[] bytes = RandomBytes();
                TouchAll();
                Same($"write through {mount} at {offset}", f => f.Write(ReferenceEquals(f, _disk) ? disk : mount, offset, bytes));
                break;
            case 1:
                byte[] expected = [], actual = [];
                Same($"read through {mount} at {offset}", f => ReferenceEquals(f, _disk)
                    ? f.Read(disk, offset, 500, out expected) : f.Read(mount, offset, 500, out actual));
                Assert.True(expected.AsSpan().SequenceEqual(actual), $"{Steps[^1]}: other bytes");
                break;
            case 2:
                Steps.Add($"flush {mount}");
                Files.Check(_mount.Kernel.Flush(mount), Steps[^1]);
                break;
            default:
                Same($"close {mount}", f => f.Close(ReferenceEquals(f, _disk) ? disk : mount));
                _open.RemoveAt(index);
                break;
        }
    }
}
