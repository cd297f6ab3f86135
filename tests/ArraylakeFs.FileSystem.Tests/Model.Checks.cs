using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Tests;

// The second half of the model: what it compares.
internal sealed partial class Model
{
    /// <summary>It is not known which name an open file has, if any.</summary>
    private void TouchAll() => _touched.UnionWith(Walk(_disk).Values.Select(s => s.Inode));

    private void Commit()
    {
        Compare();
        var errno = TryCommit();
        while (errno == Errno.Invalid && _random.Next(3) > 0)
        {
            Mend();
            errno = TryCommit();
        }

        Compare();
        if (errno != Errno.None)
        {
            return;
        }

        string id = _mount.Kernel.ReadText("commit").TrimEnd('\n');
        _commits[id] = _mount.Kernel.Contents($"commits/{id}/root.zarr");
        Assert.Equal("[]", _mount.Status["changes"]!.ToJsonString());
        CompareWithCommit(_commits[id]);
    }

    private Errno TryCommit()
    {
        Steps.Add("commit");
        var errno = _mount.Kernel.Command("commit", "model");
        Steps[^1] += $" = {errno}" + (errno == Errno.None ? "" : $": {_mount.Error}");
        Assert.True(errno is Errno.None or Errno.NoData or Errno.Invalid, Steps[^1]);
        return errno;
    }

    /// <summary>Does about an invalid file what the error says.</summary>
    private void Mend()
    {
        Assert.NotEmpty(_mount.Invalid); // every refusal names its file
        string path = "root.zarr/" + _mount.Invalid[0];
        string above = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        if (_mount.Error.Contains("no group above", StringComparison.Ordinal))
        {
            Same("write a group", f => Save(f, above + "/zarr.json", _documents[0], Access.Write | Access.Create | Access.Truncate), above + "/zarr.json");
        }
        else if (_random.Next(2) == 0 && path.EndsWith("zarr.json", StringComparison.Ordinal))
        {
            Same("write a group", f => Save(f, path, _documents[0], Access.Write | Access.Create | Access.Truncate), path);
        }
        else
        {
            Same("unlink", (f, p) => f.Unlink(p), path);
        }
    }

    /// <summary>What is in the tree is in the commit, or loose.</summary>
    private void CompareWithCommit(SortedDictionary<string, byte[]> committed)
    {
        string[] loose = _mount.Loose;
        bool IsLoose(string path) => loose.Any(l => l == path || (l.EndsWith('/') && path.StartsWith(l, StringComparison.Ordinal)));
        var here = _disk.Exists("root.zarr") ? _disk.Contents("root.zarr") : [];
        foreach (var (path, bytes) in here)
        {
            if (!IsLoose(path))
            {
                Assert.True(committed.TryGetValue(path, out byte[]? there), $"{path} is neither in the commit nor loose");
                Assert.True(bytes.AsSpan().SequenceEqual(there), $"{path} has other bytes in the commit");
            }
        }

        Assert.DoesNotContain(committed.Keys, p => !here.ContainsKey(p));
    }

    private async Task RestartAsync(bool crash)
    {
        Compare();
        Steps.Add(crash ? "crash" : "reopen");
        foreach (var (mount, disk) in _open)
        {
            if (!crash)
            {
                _mount.Kernel.Close(mount);
            }

            _disk.Close(disk);
        }

        _open.Clear();
        await (crash ? _mount.CrashAsync() : _mount.ReopenAsync());
        Compare();
    }

    private void Discard()
    {
        Compare();
        Steps.Add("discard all");
        CloseAll();
        Files.Check(_mount.Kernel.Command("discard", "all"), Steps[^1]);
        TakeOver(_mount.Session.LastCommit?.ToString());
    }

    private void VisitEarlierCommit()
    {
        if (_commits.Count == 0)
        {
            return;
        }

        CloseAll();
        string id = _commits.Keys.ElementAt(_random.Next(_commits.Count));
        Steps.Add($"checkout {id}");
        var errno = _mount.Kernel.Command("checkout", id);
        Steps[^1] += $" = {errno}";
        if (errno == Errno.Busy)
        {
            Assert.NotEmpty(_mount.StatusPaths);
            return;
        }

        Files.Check(errno, Steps[^1]);
        AssertContents(_commits[id], _mount.Kernel.Contents("root.zarr"));
        Assert.Equal(Errno.ReadOnly, _mount.Kernel.MakeDirectory("root.zarr/new"));
        Files.Check(_mount.Kernel.Command("checkout", "main"), "checkout main");
        TakeOver(_mount.Session.LastCommit?.ToString());
    }

    /// <summary>The tree is that of a commit now: so must be the disk's.</summary>
    private void TakeOver(string? commit)
    {
        if (_disk.Exists("root.zarr"))
        {
            _disk.RemoveTree("root.zarr");
        }

        Files.Check(_disk.MakeDirectory("root.zarr"), "root.zarr");
        var contents = commit is null ? [] : _commits[commit];
        foreach (var (path, bytes) in contents)
        {
            _disk.MakeDirectories(Path.GetDirectoryName("root.zarr/" + path)!);
            _disk.Write("root.zarr/" + path, bytes);
        }

        _known = [];
        Compare();
    }

    private static void AssertContents(SortedDictionary<string, byte[]> expected, SortedDictionary<string, byte[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, e => Assert.True(e.Value.AsSpan().SequenceEqual(actual[e.Key]), e.Key));
    }

    private void CloseAll()
    {
        foreach (var (mount, disk) in _open)
        {
            _mount.Kernel.Close(mount);
            _disk.Close(disk);
        }

        _open.Clear();
    }

    /// <summary>As `mode="w"` does, now and then.</summary>
    private void MoveManyNames()
    {
        if (_random.Next(3) == 0 && _disk.Exists("root.zarr"))
        {
            CloseAll();
            Same("rm -r", f =>
            {
                f.RemoveTree("root.zarr");
                return f.MakeDirectory("root.zarr");
            }, "root.zarr");
        }
        else
        {
            Same("mkdir", (f, p) => f.MakeDirectory(p), "root.zarr");
        }

        Compare();
    }

    /// <summary>A path that exists, most of the time.</summary>
    private string Pick()
    {
        string[] all = [.. Walk(_disk).Keys.Where(p => p != "root.zarr")];
        return all.Length == 0 || _random.Next(10) == 0 ? Somewhere() : all[_random.Next(all.Length)];
    }

    /// <summary>A name in a directory that exists, most of the time.</summary>
    private string Somewhere()
    {
        var tree = Walk(_disk);
        string[] places = [.. tree.Where(e => e.Value.IsDirectory || _random.Next(12) == 0).Select(e => e.Key).Where(p => p.Count(c => c == '/') < 4)];
        string place = places.Length == 0 ? "root.zarr" : places[_random.Next(places.Length)];
        return $"{place}/{_names[_random.Next(_names.Length)]}";
    }

    private byte[] RandomBytes()
    {
        byte[] bytes = new byte[_random.Next(8) switch
        {
            0 => 0,
            < 4 => _random.Next(1, 100),
            _ => _random.Next(513, 1500),
        }];
        _random.NextBytes(bytes);
        return bytes;
    }
}
